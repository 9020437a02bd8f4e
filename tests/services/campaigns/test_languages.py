"""A campaign speaks a language of which there is a folder of phrases, and no more."""

from automaton.services.campaigns import create
from automaton.services.messages import MessageWish
from tests.services.campaigns.city import City


def test_a_third_language_is_a_folder_of_phrases_alone(city: City) -> None:
    folder = city.settings.folders.phrases / "de"
    folder.mkdir(parents=True)
    machine = '[machine-number]\ntext = "Hier {caller}: {number}."\nby = "town"\n'
    (folder / "catalogue.toml").write_text(machine)
    texts = {"fr": "La rivière monte.", "de": "Das Wasser steigt."}
    made = create(city.office, city.wish(message=MessageWish(texts)))
    french, german = made.message
    assert (french.language, german.language) == ("fr", "de")
    assert german.machine_text.startswith("Hier Rivemer")
