"""What must not go unnoticed: alarms, and the duty list that is rung for them."""
