"""What the duty list is told: why it is rung, in words fit for a telephone at night."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from automaton.domain.recipient import RecipientState


class Alarm(StrEnum):
    """Why somebody on duty is rung."""

    PAUSED = "safeguard_pause"
    SILENT = "no_call_for_20_s"
    HELD = "trunk_asks_to_wait"
    TRUNK_LOST = "trunk_lost"
    DISK_FULL = "disk_full"
    DAY_CEILING = "day_ceiling"
    ALERT_ENDED = "alert_ended"
    BACKUP_FAILED = "backup_failed"
    CODE_GUESSED = "code_guessed"
    OFFICER_WANTED = "officer_wanted"


TEXTS: dict[tuple[Alarm, str], str] = {
    (Alarm.PAUSED, "fr"): (
        "Ici l'automate d'alerte. La campagne {name} est en pause : "
        "plus aucun appel ne passe. Elle reprendra dès que les appels passeront."
    ),
    (Alarm.PAUSED, "en"): (
        "This is the alert automaton. The campaign {name} is paused: "
        "no call gets through. It resumes as soon as calls pass again."
    ),
    (Alarm.SILENT, "fr"): (
        "Ici l'automate d'alerte. La campagne {name} est lancée, "
        "mais aucun appel n'est parti depuis vingt secondes."
    ),
    (Alarm.SILENT, "en"): (
        "This is the alert automaton. The campaign {name} is running, "
        "but no call has left for twenty seconds."
    ),
    (Alarm.HELD, "fr"): (
        "Ici l'automate d'alerte. L'opérateur téléphonique nous demande d'attendre : "
        "aucun appel de la campagne {name} n'est parti depuis vingt secondes. "
        "Les appels reprendront d'eux-mêmes."
    ),
    (Alarm.HELD, "en"): (
        "This is the alert automaton. The telephone operator asks us to wait: "
        "no call of the campaign {name} has left for twenty seconds. "
        "The calls go on by themselves."
    ),
    (Alarm.TRUNK_LOST, "fr"): (
        "Ici l'automate d'alerte. La liaison téléphonique {trunk} est perdue "
        "pendant la campagne {name}."
    ),
    (Alarm.TRUNK_LOST, "en"): (
        "This is the alert automaton. The telephone trunk {trunk} is lost "
        "during the campaign {name}."
    ),
    (Alarm.DISK_FULL, "fr"): (
        "Ici l'automate d'alerte. Le disque est plein : la campagne {name} "
        "n'appelle plus personne. Faites de la place sur le disque, "
        "les appels reprendront d'eux-mêmes."
    ),
    (Alarm.DISK_FULL, "en"): (
        "This is the alert automaton. The disk is full: the campaign {name} "
        "calls nobody any more. Make room on the disk, "
        "and the calls go on by themselves."
    ),
    (Alarm.DAY_CEILING, "fr"): (
        "Ici l'automate d'alerte. La liaison téléphonique {trunk} a atteint son "
        "plafond d'appels du jour pendant la campagne {name} : elle n'appelle plus "
        "avant minuit."
    ),
    (Alarm.DAY_CEILING, "en"): (
        "This is the alert automaton. The telephone trunk {trunk} has reached its "
        "ceiling of calls for today during the campaign {name}: it calls no more "
        "before midnight."
    ),
    (Alarm.BACKUP_FAILED, "fr"): (
        "Ici l'automate d'alerte. La sauvegarde de {name} a échoué : "
        "prévenez l'informaticien. Les appels ne sont pas touchés."
    ),
    (Alarm.BACKUP_FAILED, "en"): (
        "This is the alert automaton. The backup of {name} has failed: "
        "tell whoever looks after the machine. Calls are not affected."
    ),
    (Alarm.CODE_GUESSED, "fr"): (
        "Ici l'automate d'alerte. Quelqu'un essaie par téléphone les codes des "
        "responsables de {name}. Personne d'autre n'est bloqué. Prévenez "
        "l'administrateur, qui peut changer les codes."
    ),
    (Alarm.CODE_GUESSED, "en"): (
        "This is the alert automaton. Somebody tries the codes of the officers of "
        "{name} by telephone. Nobody else is locked out. Tell the administrator, "
        "who can change the codes."
    ),
    (Alarm.OFFICER_WANTED, "fr"): (
        "Ici l'automate d'alerte. Un responsable est demandé : "
        "rappelez le numéro de l'automate."
    ),
    (Alarm.OFFICER_WANTED, "en"): (
        "This is the alert automaton. An officer is wanted: "
        "please call the number of the automaton."
    ),
    (Alarm.ALERT_ENDED, "fr"): (
        "Ici l'automate d'alerte. La campagne {name} est terminée : "
        "{acknowledged} foyers sur {total} ont confirmé."
    ),
    (Alarm.ALERT_ENDED, "en"): (
        "This is the alert automaton. The campaign {name} has ended: "
        "{acknowledged} homes of {total} have confirmed."
    ),
}


def spoken(
    alarm: Alarm,
    language: str,
    name: str,
    trunk: str = "",
    counts: Mapping[str, int] | None = None,
) -> str:
    """Return the sentence for an alarm; French where the language has none."""
    counts = counts or {}
    text = TEXTS.get((alarm, language), TEXTS[(alarm, "fr")])
    return text.format(
        name=name,
        trunk=trunk,
        acknowledged=counts.get(RecipientState.ACKNOWLEDGED, 0),
        total=sum(counts.values()),
    )
