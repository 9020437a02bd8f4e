"""What lies on top in every archive: how to read it without us."""

README = """\
AUTOMATON — une sauvegarde / a backup

Ces fichiers se lisent sans le programme.
- manifest.json : installation, date, version, et pour chaque fichier sa somme SHA-256.
- tables/*.csv : une table par fichier, UTF-8, virgules, une ligne d'en-tete.
  \\N veut dire « rien » ; les dates sont ISO 8601 en UTC ; une barre oblique inverse en
  tete d'une valeur est doublee.
  contacts, contact_points, consents, opt_outs : le registre.
  campaigns, recipients, attempts : les campagnes, qui a confirme, chaque appel.
- sounds/prompts/*.alaw : A-law brut, 8000 Hz, mono
  (ffplay -f alaw -ar 8000 FICHIER). sounds/recordings : les enregistrements ; ce que
  leur nom a de special est ecrit %XX.
- settings.toml : les reglages, AVEC leurs mots de passe. keys/ : les cles du noeud.
Remettre en service : automaton restore FICHIER --identity CLE

These files are read without the program.
- manifest.json: installation, date, version, and the SHA-256 of each file.
- tables/*.csv: one table a file, UTF-8, commas, a heading. \\N means nothing is there;
  moments are ISO 8601 in UTC; a backslash that begins a value is doubled.
  contacts, contact_points, consents, opt_outs: the register.
  campaigns, recipients, attempts: campaigns, who has acknowledged, every call.
- sounds/prompts/*.alaw: raw A-law, 8000 Hz, mono (ffplay -f alaw -ar 8000 FILE).
  sounds/recordings: recordings; whatever is odd in a name is written %XX.
- settings.toml: the settings WITH their passwords. keys/: the node's keys.
To put it back to work: automaton restore FILE --identity KEY
"""
