"""The moving part: plan, dispatch, session, settle, safeguard, recover."""
