"""Loading: which source wins, where a value came from, how a fault is told."""

from collections.abc import Callable
from pathlib import Path

import pytest

from automaton.errors import ConfigurationError
from automaton.settings import Loaded, load
from tests.settings.conftest import TRUNK

Load = Callable[..., Loaded]
Refuse = Callable[..., list[str]]


def test_a_trunk_is_a_section(loaded: Load) -> None:
    settings = loaded(TRUNK).settings
    assert settings.trunks[0].name == "operator"
    assert settings.trunks[0].lines == 30


def test_the_environment_goes_over_the_file(loaded: Load) -> None:
    found = loaded(
        '[trunk.town-hall]\ncontact = "127.0.0.1"\nlines = 30\n[calling]\nring = 30',
        AUTOMATON__TRUNK__TOWN_HALL__LINES="12",
        AUTOMATON__TRUNK__TOWN_HALL__CALLER_IDS='["+33199000001"]',
        AUTOMATON__CALLING__RING="10 s",
    )
    assert found.settings.trunks[0].lines == 12
    assert found.settings.trunks[0].caller_ids == ("+33199000001",)
    assert found.settings.calling.ring.seconds == 10
    assert found.origins["calling.ring"] == "AUTOMATON__CALLING__RING"
    assert found.origins["trunk.town-hall.contact"].endswith("automaton.toml, line 2")


def test_numbers_and_secrets_of_the_environment_stay_text(loaded: Load) -> None:
    found = loaded("", AUTOMATON__ASTERISK__SECRET="4093847561203")
    secret = found.settings.asterisk.secret
    assert secret is not None
    assert secret.get_secret_value() == "4093847561203"


def test_a_table_of_the_environment_replaces_that_of_the_file(loaded: Load) -> None:
    found = loaded(
        '[voices.by_language]\nfr = "pico"\nen = "pico"',
        AUTOMATON__VOICES__BY_LANGUAGE='{ fr = "piper" }',
    )
    assert found.settings.voices.by_language == {"fr": ("piper",)}
    assert "voices.by_language.en" not in found.origins


def test_a_language_has_several_voices_in_their_order(loaded: Load) -> None:
    voices = loaded(
        '[voices]\ndefault = "kokoro"\nby_language = { fr = ["kokoro", "pico"] }',
        AUTOMATON__VOICES__BY_LANGUAGE__EN="piper",
    ).settings.voices
    assert voices.of("fr") == ("kokoro", "pico")
    assert (voices.of("en"), voices.of("de")) == (("piper",), ("kokoro",))
    assert voices.named == ("kokoro", "pico", "piper")


def test_relative_folders_start_at_the_settings_file(
    loaded: Load, tmp_path: Path
) -> None:
    folders = loaded('[folders]\ndata = "var"\nreports = "~/reports"').settings.folders
    assert folders.data == tmp_path / "var"
    assert folders.recordings == tmp_path / "var/recordings"
    assert folders.reports == Path.home() / "reports"


def test_folders_follow_the_desktop_and_the_cache_variable(loaded: Load) -> None:
    found = loaded(
        "", XDG_DATA_HOME="/d", XDG_CACHE_HOME="/c", AUTOMATON_CACHE="/other"
    )
    assert found.settings.folders.data == Path("/d/automaton")
    assert found.settings.folders.cache == Path("/other")
    assert found.origins["folders.cache"] == "AUTOMATON_CACHE"


def test_secrets_come_from_files_too(loaded: Load, tmp_path: Path) -> None:
    (tmp_path / "ami").write_text("a-word-of-ours\n")
    found = loaded(
        '[asterisk]\nsecret_file = "ami"',
        AUTOMATON__ASTERISK__MAINTENANCE_SECRET_FILE=str(tmp_path / "ami"),
    )
    asterisk = found.settings.asterisk
    assert asterisk.secret is not None
    assert asterisk.secret.get_secret_value() == "a-word-of-ours"
    assert asterisk.maintenance_secret == asterisk.secret
    assert found.origins["asterisk.secret"].endswith("line 2, from ami")
    assert "asterisk.secret_file" not in found.origins


def test_a_secret_and_its_file_are_not_both_taken(
    refused: Refuse, tmp_path: Path
) -> None:
    text = '[asterisk]\nsecret = "a-word-of-ours"\nsecret_file = "ami"'
    assert refused(text)[0].endswith("give secret or secret_file, not both.")
    assert "cannot be read" in refused('[asterisk]\nsecret_file = "none"')[0]


def test_files_are_sought_in_the_named_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(None, {}).path is None or Path("/etc/automaton").exists()
    (tmp_path / "automaton.toml").write_text('installation = "here"')
    (tmp_path / "other.toml").write_text('installation = "named"')
    assert load(None, {}).settings.installation == "here"
    variable = {"AUTOMATON_CONFIG": str(tmp_path / "other.toml")}
    assert load(None, variable).settings.installation == "named"
    assert load(Path("automaton.toml"), variable).settings.installation == "here"


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no settings file .*none\.toml"):
        load(tmp_path / "none.toml", {})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("regoin = 'FR'", "line 1: regoin is unknown: write region."),
        ("[asterik]\nport = 1", "line 1: asterik is unknown: write asterisk."),
        (
            "[trunk.a]\ncontact = '127.0.0.1'\nline = 3\nlines = 3",
            "line 3: trunk.a.line is unknown: write lines.",
        ),
        ("ring = 3", "ring is unknown here: its place is calling.ring."),
        # « asterisk.port » was the advice for a port to watch, « folders » for nodes.
        (
            "[watch]\nport = 9108",
            "watch.port is unknown: take it out (known here: bind; elsewhere: asterisk",
        ),
        ("[nodes]\nname = 'n1'", "nodes is unknown here: its place is server.node."),
        ("[smtp]\nhost = 'x'", "smtp is unknown: take it out (known here: inst"),
        ("[server]\nzzz = 1", "zzz is unknown: take it out (known here: node, socket"),
        (
            "[trunk.a]\ncontact = '127.0.0.1'\nlines = 'many'",
            'line 3: trunk.a.lines = "many" must be a whole number.',
        ),
        ("[trunk.a]\ncontact = '127.0.0.1'", "line 1: trunk.a.lines is missing"),
        (
            "[trunk.a]\ncontact = '127.0.0.1'\nlines = true",
            "line 1: trunk.a has true or false for lines",
        ),
        ("log_level = 'loud'", "must be 'debug', 'info', 'warning' or 'error'."),
        ("region = 33", "region = 33 must be text in quotes."),
        ("calling = 3", "line 1: calling = 3 must be a section with keys of its own."),
        ("[calling]\nring = 'soon'", 'calling.ring = "soon" is no duration'),
        ("[calling]\nmessage_repeats = 0", "must be at least 1."),
        (
            "[calling.retry_delays]\nbsy = [10]",
            "calling.retry_delays.bsy = \"bsy\" must be 'answered_no_key'",
        ),
        ("trunk = 3", "need one section [trunk.NAME] for each trunk."),
        ("[[trunk]]\nname = 'a'", "need one section [trunk.NAME] for each trunk."),
        ("[trunk.a]\nname = 'b'\nlines = 3", "name trunk a twice"),
        ("trunks = []", "trunks is unknown: write [trunk.NAME]."),
        ("[asterisk]\nembedded = false", "is external (embedded = false), so it"),
        ("installation = 'x", "is no TOML"),
        (
            "[database]\nurl = 'mysql://x'",
            "line 2: database.url is neither a sqlite: nor a postgresql: address.",
        ),
    ],
)
def test_a_fault_says_what_to_change_and_where(
    refused: Refuse, text: str, sentence: str
) -> None:
    assert sentence in refused(text)[0]


def test_each_fault_has_its_sentence(refused: Refuse) -> None:
    text = "regoin = 1\n[calling]\nrings = 2\nkey_wait = 'x'"
    assert len(refused(text)) == 3


def test_a_refused_secret_is_not_repeated(refused: Refuse) -> None:
    said = refused('[asterisk]\nsecret = "changeme1"\nsecrte = "hunter2-hunter2"')
    assert "line 2: asterisk.secret is a default secret" in "".join(said)
    assert "changeme1" not in "".join(said)
    assert "hunter2" not in "".join(said)


def test_the_environment_is_named_where_it_is_wrong(refused: Refuse) -> None:
    said = refused("", AUTOMATON__CALLING__RING="soon")
    assert said[0].startswith("AUTOMATON__CALLING__RING: calling.ring = ")
    said = refused("", AUTOMATON__VOICES__BY_LANGUAGE="{ fr = ")
    assert "AUTOMATON__VOICES__BY_LANGUAGE is neither a list nor a table" in said[0]
    said = refused("region = 'FR'", AUTOMATON__REGION__NAME="x")
    assert said[0] == "AUTOMATON__REGION__NAME: region is a value, not a section."


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "automaton.toml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load(file, {})
