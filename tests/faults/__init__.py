"""Faults on purpose: each is brought about on a real node, and what is left is judged.

    python -m tests.faults --list          every fault, its runs done and wanted, time
    python -m tests.faults --only NAME …   these alone
    python -m tests.faults --table         write the table of docs/reliability.md anew
    make faults                            all of them, 50 minutes at most
    KILLS=1000 make faults                 go on where it stopped

Everything is added up in `build/faults.json`; what is done there is not done again
while the files of the product and of these judges are the same, so that an order goes
on where the last one stopped. It ends with 0 where all is done and nothing broken, with
1 where anything was broken, with 3 where the time was over before all was done.

A family of faults is a file of this folder with `FAULTS`, a tuple of `Fault`; it is
found by itself. A fault's `run` gets a `Ground` and a seed; `ground.runs` says how
often it is wanted of this campaign, never more than the fault's `at_once`:

    def cut(ground: Ground, seed: int) -> Observed:
        with ground.stage(street(40, seed)) as here:
            campaign = here.alerted(**SHORT)
            for _ in range(ground.runs):
                here.seen("answered")
                …the fault…
            here.ended(campaign)
            return replace(judged(here, "ami-cut", campaign), runs=ground.runs)

    FAULTS = (Fault("ami-cut", "AMI: cut in mid-campaign", cut, at_once=3),)

- `ground.stage(script, more=…, lines=…)` is `tests.system.stage.Stage`: a town, the
  node's Asterisk, the daemon as a process, a data folder; gone after the `with`.
  `here.clock_file` moves the daemon's clock, `here.doom` is what it dies of
  (`tests/faults/daemon.py`). More of the node's settings: `more`, of the trunk:
  `trunk`.
- `street(homes, seed)` is a script with homes of every short kind.
- `judged(here, name, *campaigns)` asks the checker of histories; `recovery_s` and
  `notes` are the fault's own, `dataclasses.replace` adds them.
- A run that raises, lasts over `most_seconds`, or recovers later than the fault's
  `recovers_within`, counts as a broken invariant and is told with its seed:
  `--only NAME --seed N` repeats it.
- Two faults run side by side, each in a process of its own (`lanes.py`); one that
  measures the machine, or needs it whole, is `alone=True`.
- A fault of simulated time needs no stage: it returns an `Observed` of its own.
"""
