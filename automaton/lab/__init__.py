"""The town: a simulated telephone network and its residents, on loopback only.

In: a seed and a mix, or a script. Out: a SIP address to ring, a log of what really
happened there, and an oracle of what should be on record afterwards. It is a judge, so
it shares no table with the product: of the package it imports `automaton.errors` only.
"""

from automaton.lab.compare import compare
from automaton.lab.installation import AsteriskPaths
from automaton.lab.log import Event
from automaton.lab.loopback import refuse_unless_loopback
from automaton.lab.mix import Mix, load_mix
from automaton.lab.oracle import Expectation
from automaton.lab.plan import Home, Plan, plan_from_mix
from automaton.lab.script import plan_from_script
from automaton.lab.town import Town

__all__ = [
    "AsteriskPaths",
    "Event",
    "Expectation",
    "Home",
    "Mix",
    "Plan",
    "Town",
    "compare",
    "load_mix",
    "plan_from_mix",
    "plan_from_script",
    "refuse_unless_loopback",
]
