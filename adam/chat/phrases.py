"""What Adam's owner may say: the words he uses, what they stand for, and what they ask for together.

Data, no code. `LEXICON` maps a concept to its words (English, German, British, American). `RULES` says
which concepts together mean which command. `EXAMPLES` are whole sentences for each command.
"""

from __future__ import annotations

# Words that carry nothing here: politeness, articles, pronouns, small talk around a request.
FILLER = """
adam hey hi hello hallo yo ok okay alright right well please pls plz kindly thanks thank thx cheers mate buddy
a an the my your our their its his me us you i we it that this these those them they he u
could can would will may might shall should do does did doing done be is are was were been being am im
want wants wanted like love wish wanna gonna going need needs needed mind let lets have has had having got gotta get
to for of on in at with from by and or so then now just also too really actually quickly quick right-now today
tonight
if possible when-you-can time moment sec second minute bit some any all more once again ever only here there about
into onto up out over as than go ahead
thing things stuff one ones im id ill ive
bitte danke mal doch ja gern gerne jetzt kurz gleich einfach nun heute ich du er sie es wir ihr mich mir dich dir uns
der die das den dem des ein eine einen einem einer eines mein meine meinen meinem meiner dein deine deinen deiner
unser unsere
kannst könntest koenntest kann können koennen würdest wuerdest wirst willst will möchte moechte hätte haette hätt haett
bist ist sind war waren wird werden wurde worden hast hat haben habe hab
und oder so dann auf an in im für fuer von vom zu zum zur mit bei aus am ob dass da hier schon noch etwas auch
lass lassen mach mache machen tu bräuchte brauche denn eigentlich eben halt alle alles wohl nochmal nochmals
anything something somehow someone still yet left until till while because since few several couple each every both other
others another same own such very quite rather maybe perhaps probably possibly basically whether together vor zusammen um
herum hin her wieder mehr weiter sehr so viel ganz etwa ungefähr vielleicht sofort nur nun schnell langsam demnächst
gotten getting gets made making makes done know knows knew think find out see seems became become becomes means-while
about across among around between during near off-hand under within without versus-the per via
first second third finally currently-now asap straight away further along ahead afterwards later soon already
two three four five ten twenty half most least last-few
damit davon dafür dazu daraus darauf darüber dabei wie-es etwas irgendwas irgendetwas
alles-zusammen welchem-auch deren dessen ihm ihn ihnen ihrer ihrem ihren seine seinen mich euch euer
soll sollen sollst sollte solltest sollten muss müssen musst muessen dürfte könnte koennte wäre waere wollen wollte
lasst tut getan gemacht macht machst geworden gekommen kommt gehen-wir
sir please-do kind nice great good-one ready able possible properly-now wondering wonder favour favor chance
thoroughly carefully entirely completely exactly simply definitely absolutely certainly gladly
anymore any-more longer whatever whichever-one beim ins ans ums durchs
""".split()

# concept: the words that stand for it
LEXICON: dict[str, str] = {
    # acts
    "collect": "collect einsammel collecting collects collection gather gathering harvest assemble assembling accumulate "
    "fetch grab compile extract curate "
    "sammel sammle sammeln sammelst sammelt einsammeln zusammenstellen zusammentragen sammlung",
    "collected": "collected gathered gesammelt assembled harvested",
    "prepare": "prepare build make create produce generate erstelle erstellen erzeuge erzeugen baue bauen bau set "
    "aufbereiten bereite",
    "train": "train antrainieren trains training trainings retrain retraining finetune finetuning tune tuning fit teach "
    "trainier trainiere trainieren trainierst anlernen nachtrainieren feintuning finetunen lerne lernen lern learn "
    "learning anzulernen",
    "trained": "trained retrained finetuned trainiert trainierte trainierten trainiertes angelernt angelernte tuned "
    "taught learned learnt gelernt",
    "distill": "distill distil distilling distills distils distillation distilation destillation distillations "
    "destillieren destilliere destillier distillieren distilliere destillations",
    "distilled": "distilled destilliert destillierte destillierten destilliertes destilliertem distilliert "
    "distilliertes distillierte distillierten student",
    "eval": "evaluate evaluates evaluating evaluation eval evals evaluations assess assessment compare compares "
    "comparing comparison comparision benchmark measure gauge score versus vs against "
    "evaluiere evaluieren evaluier auswerten auswertung evaluierung vergleich vergleiche vergleichen bewerte "
    "bewertung messen messe miss",
    "test": "test tests testing teste testen try prüfe prüf prüfen pruefe pruef pruefen check checking checks checkup "
    "überprüfe überprüf überprüfen ueberpruefe ueberpruefen kontrolliere kontrollieren verify inspect",
    "better": "better improvement improved improve improves improving beat beats outperform outperforms worse good "
    "besser verbessert verbesserung schlechter gut schlägt progressed gain gains worth stronger winner wins smarter "
    "schlauer outscore outscores",
    "promote": "promote promotes promoting promotion deploy deploying activate activating roll-out rollout publish "
    "ship adopt befördere beförder befördern befoerdere befoerdern aktivier aktiviere aktivieren übernimm übernehmen "
    "uebernimm uebernehmen freischalten freigeben einsetzen promoten",
    "live": "live production prod scharf",
    "default": "default standard standardmodell primary main",
    "rollback": "rollback rollbacks revert reverting restore restoring undo rückgängig rueckgaengig "
    "zurückrollen zurueckrollen zurücksetzen zuruecksetzen zurücknehmen zurückwechseln zurückgehen wiederherstellen "
    "unpromote demote downgrade withdraw rollbacken",
    "roll": "roll rolle rollen roling rolling",
    "back": "back zurück zurueck backwards retour",
    "previous": "previous prior earlier last older old former vorherige vorherigen vorheriges vorige vorigen voriges "
    "alte alten altes alter frühere früheren fruehere frueheren letzte letzten letztes before davor preceding original",
    "switch": "switch schalte switching change changing swap wechsel wechsle wechseln umschalten schalt flip toggle move",
    "return": "return returning geh gehe gehen come komm komme kehre kehr",
    "use": "use nimm nehmen nimmst uses using used serve serving benutz benutze benutzen benutzt benutzst verwenden verwendest verwendet "
    "nutze nutz nutzen nutzt nutzst take pick rely employ",
    "answer": "answer answers answering answered reply replies replying replied respond responds responding responded "
    "response responses antwort antworte antworten antwortest antwortet geantwortet beantwortet talking talk talks "
    "speaking speak chatting rede spreche reden sprechen handles handling handled handle",
    "run": "run runs running rerun execute laufen lauf läuft laeuft läufst ausführen ausfuehren führ führe fuehre "
    "durchlauf durchläufe durchlaeufe läufe laeufe perform conduct",
    "start": "start starts starting begin begins kick fire launch trigger starte starten begin beginne beginnen "
    "loslegen los anstoßen anwerfen wirf initiate anfangen fang",
    "stop": "stop stops quit cease hör hoer höre aufhören stopp stoppe beende beenden avoid never prevent forbid "
    "block refrain",
    "leave": "leave leaves exit verlass verlasse verlassen end raus lift verlaesst",
    "off": "off disable deactivate aus ausschalten deaktivier deaktiviere deaktivieren disabled abschalten unset "
    "abstellen ausmachen",
    "enable": "enable enabled anschalten einschalten engage einschalt",
    "turn": "turn setz setze put set stell stelle stellen",
    "stay": "stay remain keep bleib bleibe bleiben behalte halte stick work working arbeite arbeiten operate sit",
    "allow": "allow allowed permit erlaub erlaube erlauben erlaubt darfst dürfen duerfen permission reconnect "
    "connect verbinde verbinden fine",
    "send": "send sending sends sende senden schick schicke schicken upload share verlassen leaks leaving",
    "not": "not no dont doesnt cannot cant isnt wont without nothing none nicht kein keine keinen nix nichts ohne nie "
    "niemals neither nobody nor",
    "disconnect": "disconnect unplug trenne trennen disconnected",
    # things
    "data": "data dataset datasets datas daten datensatz datensätze datensaetze trainingsdaten traindata corpus "
    "trainingset trainingsdatensatz lerndaten",
    "example": "examples samples beispiele pairs rows beispielen lernbeispiele",
    "approved": "approved genehmigte genehmigten freigegebene freigegebenen bestätigte bestätigten genehmigt liked",
    "model": "model models modell modelle modells llm llms ki sprachmodell weights",
    "adapter": "adapter version versions adapters adaptor adaptors adaptern lora loras checkpoint checkpoints",
    "base": "base basis basismodell grundmodell ausgangsmodell vanilla bare basemodel unmodified untrained",
    "new": "new newest latest newer neu neue neuen neues neuer neuem neueste neuesten neuestes fresh recent candidate "
    "kandidat kandidaten aktuellste jüngste jüngsten",
    "list": "list tell sag lists listing show shows display print see view give zeig zeige zeigen zeigst liste auflisten "
    "anzeigen anzeige gib sehen looking look bring enumerate",
    "which": "which what whats welche welcher welches welchen welchem was whichever",
    "who": "who whos wer wem whom",
    "why": "why wieso warum weshalb reason reasoning grund begründung begruendung justify",
    "exist": "exist exists exist available existing gibt vorhanden verfügbar verfuegbar verfügbare stored saved kept "
    "gespeichert gespeicherten on-disk",
    "history": "history log logs logged verlauf historie protokoll logbook protokolle conversations exchanges chats "
    "gespräche gespraeche unterhaltungen conversation interactions",
    "review": "review reviews reviewing rate rating grade grading judge judging beurteile beurteilen beurteil "
    "begutachte begutachten durchsehen durchgehen nachsehen reviewen sichten bewerten approve approving approval "
    "approvals freigabe judgement judgment",
    "reviewed": "reviewed judged rated graded bewertet beurteilt geprüft gesichtet begutachtet",
    "unreviewed": "unreviewed unjudged unrated ungraded unapproved pending outstanding open offen offene offenen "
    "ungeprüfte ungeprüften unbewertete unbewerteten waiting queue ausstehend ausstehende ausstehenden warten wartet "
    "backlog unbewertet ungeprüft",
    "walk": "walk through throughs durch",
    "status": "status report state progress stand fortschritt standing zustand stehen steht stehst summary überblick overview "
    "uebersicht übersicht lage",
    "where": "where wo",
    "far": "far weit coming voran",
    "many": "many much wieviel wieviele viele viel enough genug genügend",
    "next": "next nächstes naechstes nächste nächster fehlt missing",
    "loop": "loop cycle pipeline workflow process round whole full complete entire ganze ganzen ganzer komplett "
    "komplette kompletten kompletter komplettes gesamte gesamten schleife zyklus kreislauf prozess steps schritte "
    "end-to-end everything finish start-to-finish vollständig vollständige vollständigen ablauf full-loop",
    "active": "active current currently loaded aktiv aktive aktiver aktives aktuell aktuelle aktuelles aktuellen gerade "
    "momentan zurzeit derzeit presently behind powers powering powered underneath underlying hinter dahinter",
    "route": "route routes routing router routed rerouted weg leitung weiterleitung routingentscheidung",
    "choose": "choose chose chosen choosing choice picked select selected selection decide decided decision "
    "gewählt gewaehlt wählen wähltest waehlst ausgewählt ausgesucht auswahl entschieden entscheidung genommen "
    "genutzt verwendet pickst went gone came gegangen ging",
    "offline": "offline offlinemodus offlinebetrieb local locally lokal lokale lokalen lokales ofline off-line onprem on-device",
    "machine": "machine computer laptop rechner device mac pc box maschine gerät geraet system",
    "online": "online on-line",
    "cloud": "cloud internet network net web netz netzwerk wolke remote wifi wlan",
    "mode": "mode modus betrieb",
    "airplane": "airplane aeroplane plane-mode flight flugmodus flugzeugmodus",
    "sheet": "sheet suite cases testsuite bogen testbogen fälle faelle testfälle testfaelle "
    "evalsheet testsheet evalbogen tabelle blatt prüfbogen checklist evalset",
    "doctorword": "doctor doktor",
    "doctor": "diagnose diagnostic diagnostics diagnostik diagnostizieren selfcheck selftest "
    "selbsttest selbstdiagnose healthcheck gesundheitscheck systemcheck selbstcheck troubleshoot ",
    "fineword": "order ordnung works broken kaputt funktioniert healthy problem problems probleme wrong setup "
    "installation configured configuration konfiguration config environment workspace installed install faults fehler "
    "arbeitsbereich umgebung einrichtung issues correctly properly richtig functioning",
    "self": "yourself selbst dich-selbst itself self",
    "help": "help hilfe hilf helfen helf assist assistance usage manual anleitung handbuch instructions",
    "command": "command commands befehl befehle kommando kommandos features capabilities abilities options verbs "
    "fähigkeiten funktionen slash shortcuts",
    "say": "say sagen said sage ask type",
    "go": "go goes",
    "update": "update refresh aktualisiere aktualisieren extend expand grow erweitere erweitern",
    "only": "only nur ausschließlich exclusively solely lediglich",
    "rule": "rule rules regel regeln",
    "student-model": "small kleine kleines kleinen",
    "discard": "discard ditch drop remove verwirf verwerfen scrap dump",
    "from_now_on": "onwards künftig zukünftig kuenftig ab henceforth permanently future",
    "quality": "quality performance performs perform performing qualität result results ergebnis ergebnisse abschneiden "
    "schneidet leistung",
    "how": "how wie hows",
    "ADD": "add hinzufügen hinzu aufnehmen nimm-auf füge fuege append include",
    "YOU": "",
    "THIS": "",
    "when": "when wann",
}

# Several words in a row that stand for one concept; written with the words of the lexicon.
PHRASES: dict[str, str] = {
    "training data": "data",
    "training set": "data",
    "training examples": "example",
    "training rows": "example",
    "training runs": "train run",
    "training help": "train better",
    "training work": "train better",
    "training worked": "train better",
    "training pay": "train better",
    "training paid": "train better",
    "training etwas gebracht": "train better",
    "training was gebracht": "train better",
    "gebracht": "better",
    "how the new": "quality new",
    "how the distilled": "quality distilled",
    "stacks up": "quality",
    "stack up": "quality",
    "throw away": "discard",
    "throw out": "discard",
    "get rid of": "discard",
    "left to review": "unreviewed",
    "left to judge": "unreviewed",
    "left to rate": "unreviewed",
    "to be reviewed": "unreviewed",
    "to be judged": "unreviewed",
    "to be rated": "unreviewed",
    "anything to review": "unreviewed review",
    "something to review": "unreviewed review",
    "noch bewerten": "unreviewed",
    "noch prüfen": "unreviewed",
    "noch durchsehen": "unreviewed",
    "noch beurteilen": "unreviewed",
    "nicht geprüft": "unreviewed",
    "nicht durchgesehen": "unreviewed",
    "not rated": "unreviewed",
    "not looked at": "unreviewed",
    "take over": "promote",
    "takes over": "promote",
    "taking over": "promote",
    "status update": "status",
    "data ready": "prepare data",
    "get ready": "prepare",
    "anything broken": "doctor",
    "anything wrong": "doctor",
    "something wrong with you": "doctor",
    "something broken": "doctor",
    "explain the routing": "why route",
    "explain your routing": "why route",
    "explain the route": "why route",
    "explain your choice": "why choose",
    "explain why": "why",
    "explain your choice of": "why choose",
    "explain the choice of": "why choose",
    "tell me why": "why",
    "fine tune": "train",
    "fine tuning": "train",
    "fine tuned": "trained",
    "roll out": "promote",
    "go live": "promote live",
    "put together": "collect",
    "pull together": "collect",
    "pull in": "collect",
    "pull up": "list",
    "round up": "collect",
    "datensatz zusammen": "collect data",
    "daten zusammen": "collect data",
    "trainingsdaten zusammen": "collect data",
    "trag zusammen": "collect",
    "go back": "goback",
    "going back": "goback",
    "get back": "goback",
    "switch back": "goback",
    "change back": "goback",
    "come back to": "goback",
    "bring back": "goback",
    "take back": "goback",
    "put back": "goback",
    "take us back": "rollback",
    "put me back on": "rollback",
    "roll back": "rollback",
    "rolled back": "rollback",
    "roll it back": "rollback",
    "step back": "goback",
    "geh zurück": "goback",
    "geh zurueck": "goback",
    "undo the promotion": "rollback promoted",
    "mach rückgängig": "rollback",
    "at all": "",
    "from now on": "from_now_on",
    "ab jetzt": "from_now_on",
    "ab sofort": "from_now_on",
    "von jetzt an": "from_now_on",
    "from here on": "from_now_on",
    "end to end": "loop",
    "start to finish": "loop",
    "from scratch": "",
    "von anfang bis ende": "loop",
    "the works": "loop",
    "all the steps": "loop",
    "all steps": "loop",
    "in one go": "loop",
    "in einem rutsch": "loop",
    "von vorne bis hinten": "loop",
    "how good": "quality",
    "how well": "quality",
    "wie gut": "quality",
    "how many": "many",
    "how much": "many",
    "wie viele": "many",
    "wie viel": "many",
    "how far": "far",
    "wie weit": "far",
    "how is": "far",
    "hows": "far",
    "how are": "far",
    "how are we": "far",
    "how do we stand": "where status",
    "where do we stand": "where status",
    "where are we": "far",
    "wo stehen wir": "where status",
    "wie steht": "where status",
    "wie läuft": "far",
    "wie laeuft": "far",
    "wie gehts": "far",
    "wie ist der stand": "where status",
    "how did you choose": "why choose",
    "how did you pick": "why choose",
    "how did you decide": "why choose",
    "how was the model chosen": "why choose model",
    "how was that model chosen": "why choose model",
    "how was this routed": "why route",
    "how was that routed": "why route",
    "how does routing": "how",
    "how come": "why",
    "how does it compare": "eval",
    "how does the new": "quality new",
    "how does the distilled": "quality distilled",
    "how does the adapter": "quality adapter",
    "how do the": "quality",
    "how do base": "quality base",
    "wie schneidet": "quality",
    "wie kommt es": "why",
    "what made you": "why",
    "what makes you": "why",
    "on what grounds": "why",
    "based on what": "why",
    "was hat dich": "why",
    "needs review": "unreviewed",
    "need review": "unreviewed",
    "need reviewing": "unreviewed",
    "needing review": "unreviewed",
    "needs reviewing": "unreviewed",
    "to review": "review",
    "need to be reviewed": "unreviewed",
    "not reviewed": "unreviewed",
    "not yet reviewed": "unreviewed",
    "not judged": "unreviewed",
    "havent reviewed": "unreviewed",
    "havent been reviewed": "unreviewed",
    "have not reviewed": "unreviewed",
    "nobody judged": "unreviewed",
    "nobody has judged": "unreviewed",
    "nobody reviewed": "unreviewed",
    "noch nicht bewertet": "unreviewed",
    "nicht bewertet": "unreviewed",
    "noch offen": "unreviewed",
    "go through": "walk",
    "look through": "walk",
    "walk me through": "walk",
    "walk through": "walk",
    "work through": "walk",
    "step through": "walk",
    "geh durch": "walk",
    "gehen durch": "walk",
    "look over": "walk",
    "look at": "list",
    "have a look": "list",
    "take a look": "list",
    "talking to": "answer",
    "talk to": "answer",
    "speaking to": "answer",
    "speaking with": "answer",
    "running on": "use",
    "läufst du": "use",
    "läuft gerade": "use active",
    "what can you do": "help command",
    "what can i do": "help command",
    "what can i say": "help command",
    "what can i ask you": "help command",
    "what can i tell you": "help command",
    "what are you able to do": "help command",
    "what are you capable of": "help command",
    "what do you understand": "help command",
    "what are my options": "help command",
    "what do you do": "help command",
    "was kannst du": "help command",
    "was kann ich sagen": "help command",
    "was kann ich tun": "help command",
    "was kann ich hier": "help command",
    "how do i use you": "help command",
    "how do i use this": "help command",
    "how do i use adam": "help command",
    "how do you work": "help command",
    "how does this work": "help command",
    "how do i get help": "help",
    "how do i get started": "help command",
    "wie funktioniert das hier": "help command",
    "wie benutze ich dich": "help command",
    "wie bediene ich": "help command",
    "wie geht das hier": "help command",
    "self check": "doctor",
    "self test": "doctor",
    "self diagnosis": "doctor",
    "self diagnostic": "doctor",
    "system check": "doctor",
    "health check": "doctor",
    "sanity check": "doctor",
    "are you ok": "self fineword",
    "are you okay": "self fineword",
    "are you alright": "self fineword",
    "everything ok": "doctor",
    "everything okay": "doctor",
    "everything alright": "doctor",
    "everything all right": "doctor",
    "everything fine": "doctor",
    "everything in order": "doctor",
    "everything set up": "doctor",
    "everything working": "doctor",
    "everything works": "doctor",
    "everything still works": "doctor",
    "everything work": "doctor",
    "everything is ok": "doctor",
    "everything is okay": "doctor",
    "everything is working": "doctor",
    "everything is set up": "doctor",
    "everything is fine": "doctor",
    "everything is in order": "doctor",
    "everything running": "doctor",
    "alles in ordnung": "doctor",
    "alles ok": "doctor",
    "alles okay": "doctor",
    "alles gut": "doctor",
    "alles richtig": "doctor",
    "alles funktioniert": "doctor",
    "ob alles läuft": "doctor",
    "läuft alles": "doctor",
    "funktioniert alles": "doctor",
    "set up": "fineword",
    "on this machine": "machine",
    "on my machine": "machine",
    "on this computer": "machine",
    "on the computer": "machine",
    "this machine": "machine",
    "my machine": "machine",
    "my computer": "machine",
    "stop using": "stop use",
    "keep off": "not use",
    "stay off": "not use",
    "stay away from": "not use",
    "cut the": "off",
    "cut off": "off",
    "turn off": "off",
    "switch off": "off",
    "schalt aus": "off",
    "turn on": "enable",
    "switch on": "enable",
    "back online": "online",
    "back on": "enable",
    "take offline": "stay offline",
    "im offline": "",
    "adam distill": "distill",
    "is on": "active",
    "is in use": "active use",
    "in use": "active use",
    "in charge": "active",
    "most recent": "new",
    "eval sheet": "sheet",
    "evaluation sheet": "sheet",
    "test sheet": "sheet",
    "eval cases": "sheet",
    "test cases": "sheet",
    "evaluation cases": "sheet",
    "test suite": "sheet",
    "eval suite": "sheet",
    "evaluation suite": "sheet",
    "eval set": "sheet",
    "evaluation set": "sheet",
    "test set": "sheet",
    "run the eval": "run sheet",
    "run the evals": "run sheet",
    "run evals": "run sheet",
    "run eval": "run sheet",
    "run an eval": "run sheet",
    "start the eval": "run sheet",
    "run my evals": "run sheet",
    "run my eval": "run sheet",
    "run the tests": "run sheet",
}

# A sentence that has one of these is talk, whatever else it says.
TALK = """
explain explanation define definition meaning means mean difference write writing wrote poem story essay code script
python java javascript sql translate summarise summarize summarize paragraph joke recipe function class regex
erkläre erklär erklären erkläre bedeutet bedeutung unterschied schreib schreibe schreiben gedicht geschichte
übersetze übersetz fasse zusammenfassung describe beschreibe beschreib discuss imagine suppose pretend recommend
recommendation suggest advice tips tutorial article book film movie song history-of
""".split()

# A sentence that starts so asks about something; it never wants it done.
ASKS_HOW = (
    "how", "wie", "when", "wann", "what does", "what do", "what did", "what happens", "what if", "what would", "what is a",
    "what is an", "whats a", "whats an", "was bedeutet", "was macht", "was passiert", "was ist ein", "was ist eine",
    "if", "wenn", "i was", "i had", "who invented",
    "tell me about", "teach me", "can models", "can a", "can an",
)  # fmt: skip
ASKS_WHETHER = (
    "should i", "should we", "should you", "do i", "do you", "do we", "can i", "could i", "may i", "must i", "soll ich",
    "kann ich", "darf ich", "muss ich", "did", "does", "has", "have you", "have we", "is", "are", "was", "were",
    "ist", "sind", "hast du", "habe ich", "wurde", "what", "which", "who", "was", "welche", "welches", "welcher", "wer",
)  # fmt: skip

# command: what it takes, one rule a line. `a|b` is one of them, `-a` must not be there. Where two rules
# fit, the one that explains more of the sentence wins.
_STILL = "-not -stop -help"
RULES: dict[str, tuple[str, ...]] = {
    "distill.collect": (
        f"collect data|example|approved|distill|history|run|answer|train {_STILL}",
        f"collect data|example|approved|history|run|answer distill|train|new|start {_STILL}",
        f"collect {_STILL}",
        f"prepare data distill|train|approved|example|history|run|answer|new {_STILL}",
        f"prepare|update|start data {_STILL}",
        f"turn|prepare|use|send approved data|example {_STILL}",
        f"ADD approved|run|answer|example|history data|example {_STILL}",
    ),
    "distill.train": (
        f"train model|adapter|distilled|distill|new|base|self|run|start {_STILL}",
        f"train distilled|distill|new model|adapter {_STILL}",
        f"train start|run|prepare model|adapter|distilled|distill|new {_STILL}",
        f"train data|example|approved|history|answer {_STILL} -collect",
        f"train {_STILL}",
        f"prepare distilled|adapter|distill model|adapter|new|student {_STILL} -default -live -offline",
        f"prepare distilled|adapter {_STILL} -default -live -offline",
        f"prepare new model {_STILL} -default -live -offline",
    ),
    "distill.eval": (
        "quality adapter|distilled|model base|new|previous -why -not",
        "eval model|adapter|distilled|base|distill|trained|train|ID|student -not -sheet",
        "eval model|adapter|distilled|base|distill|trained|train|ID new|base|distilled|run|start|previous -not -sheet",
        "eval new|run|start -sheet -not -list -history",
        "eval -sheet -not -list -history",
        "quality|better model|adapter|distilled|trained|train|ID -not -why -answer -sheet -goback -rollback",
        "quality|better new|base|distilled|previous model|adapter|distilled|trained|ID|base -not -why -sheet -goback -rollback",
        "test model|adapter|distilled|trained|ID -not -sheet",
        "test|better new|base|distilled model|adapter|distilled|base -not -sheet",
        "better promote|switch|use model|adapter|distilled|new -not -why",
        "better train -not -why -data",
        "quality|eval base|distilled|adapter|new base|adapter|distilled -not -why",
    ),
    "distill.promote": (
        f"promote model|adapter|distilled|new|trained|ID|default|live {_STILL} -offline -cloud -previous",
        f"promote new|distilled|trained|default|live model|adapter|distilled|ID {_STILL} -previous -cloud",
        f"promote model|adapter|distilled|new|trained|ID|default|live offline|from_now_on {_STILL} -cloud -mode",
        f"promote {_STILL} -offline -mode -base -cloud -goback -previous",
        f"default|live model|adapter|distilled|new|ID prepare|turn|use|go|switch|promote|send {_STILL} -base -which",
        f"default|live new|distilled|ID model|adapter|distilled {_STILL} -base -which",
        f"prepare|turn|use|switch new|distilled|trained|ID|adapter default|live|offline {_STILL} -previous -base -data",
        f"use|switch|answer|enable|turn new|distilled|trained|ID model|adapter|from_now_on|distilled|start|answer "
        f"{_STILL} -previous -base -which -why -who -list -goback -back -rollback -train",
        f"use|switch|enable ID|distilled {_STILL} -previous -base -which -why -goback -back -rollback",
        f"switch|use|enable adapter|distilled {_STILL} -previous -base -which -why -who -active -goback -back -rollback",
    ),
    "distill.rollback": (
        "rollback|goback model|adapter|distilled|base|ID|promoted|distill|train|promote -not -run -sheet -why -cloud",
        "rollback|goback|roll previous|new|base|distilled model|adapter|distilled|ID|base|promote -not -sheet -why -cloud",
        "rollback -not -offline -online -cloud -run -answer -data -why",
        "goback previous -answer -run -data -cloud -online -list -sheet",
        "roll|switch|use|return|enable|turn|go|run|answer|promote base -not -new -why -which -eval -who -distilled -better",
        "roll|switch|use|return|enable|turn|go|run|answer base model|back|from_now_on -not -why -which -eval -who -better",
        "switch|use|return|enable|turn|go|promote|roll previous model|adapter|ID|base|distilled -not -why -which -list",
        "back base|previous|ID model|adapter|base|ID|return|switch|use|go -not -why -which -cloud -online -run",
        "back base|ID -not -why -which",
        "back|roll model|adapter return|switch|turn|go|use|list|previous|roll -not -why -which -cloud -list",
        "not|stop use|answer adapter|distilled|new -base -why -cloud",
        "discard new|adapter|distilled|promote -not -data -run",
    ),
    "distill.status": (
        "status -cloud -answer",
        "list status",
        "many review|approved YOU|train",
        "far YOU",
        "many review|run|train train|need|exist|review",
        "many approved|example run|train|exist",
        "status distill|train|loop|adapter|data|model|where|far|collect|learning|new -cloud",
        "far distill|train|loop|collect|data|example -not",
        "far distill|train|loop|collect status|where|distill",
        "many example|approved|data|trained",
        "many data|example|approved|run|answer train|distill|collect|approved|exist",
        "next|where distill|train|loop -not -start -run",
        "self status train|distill",
    ),
    "distill.run": (
        f"run|start|prepare|go|enable|turn distill {_STILL} -collect -data -train -eval",
        f"run|start|go|prepare loop|distill|everything {_STILL} -model -sheet -doctor -data -history",
        f"run|start|go|prepare distill loop {_STILL}",
        f"loop distill|train|learn {_STILL} -collect -data",
        f"run|start|go|prepare loop {_STILL} -model -sheet -doctor -data -history",
        f"collect train eval {_STILL}",
        f"collect promote loop {_STILL}",
        f"distill model new {_STILL} -train",
        f"distill {_STILL} -data -collect -train -eval -far -status -where -list -better -quality -rollback -which",
        f"distill model|new|approved|example|run|self|answer|history|start {_STILL} -train -collect -eval -status -far",
        f"collect train eval|test|better|promote|compare {_STILL}",
        f"collect train|distill model|distilled|adapter|start {_STILL}",
        f"collect data train eval|test|promote|better {_STILL}",
        f"train eval|test promote {_STILL}",
        f"loop train|distill run|start|go|prepare {_STILL}",
    ),
    "distill.ls": (
        "list|which|exist|history|many|where adapter -active -use -answer -why -eval -train -promote -live -default",
        "list|which|many adapter exist|trained|distilled|model|previous|collected -active -answer -why -use",
        "list|which|exist|many trained|distilled model|adapter -active -use -answer -why -better -live -default -who",
        "list|which|many|have trained|distilled model exist -active -use -answer -why",
        "adapter -not -use -active",
        "which trained -not -why -better",
        "many adapter",
    ),
    "runs.ls": (
        "list|which|exist run|history -sheet -distill -unreviewed -review -adapter -why -eval -start -walk -model",
        "list|which|exist run|history|answer previous|new|approved|logged|exist -unreviewed -review -adapter -why -sheet",
        "list|exist answer -unreviewed -review -why -active -base -model -sheet -help -who -walk",
        "previous|new run|history -not -unreviewed -review -distill -train -sheet -start -walk -model -adapter",
        "list run previous|new history|exist -review -unreviewed",
        "history -not -unreviewed -review -train -collect",
    ),
    "review": (
        "unreviewed run|answer|history|list|example|approved|walk|which|many|start|review|exist -data",
        "unreviewed run|answer|history list|walk|which|many|start|review|new|previous",
        "review run|answer|history|unreviewed|start|walk|list|new|approved|example -model -adapter -why -not",
        "review run|answer|history|unreviewed start|walk|list|new|previous|go|next -model -adapter -why",
        "unreviewed -data -example",
        "reviewed not run|answer|which|list|history",
        "unreviewed which|list -data",
        "review -not -why -model",
        "walk run|answer|history|unreviewed|approved new|previous|review|unreviewed|start",
        "walk run|answer|history|unreviewed -not",
        "next review -not",
        "test run|answer|history unreviewed|new|previous -sheet -why",
    ),
    "model": (
        "which|who model|adapter use|active|answer|run|choose|live|default|base|route|enable|start -why -list -previous",
        "which|who|list model|adapter use|active|answer|run|live|default active|use|answer -why -previous -not",
        "who answer|use|active -why -previous -not",
        "who answer|run model|adapter|active -why",
        "which use active -why",
        "model base distilled -why -eval -better -not -switch -train -collect -promote -use -turn",
        "which use YOU -why -data -sheet -not",
        "which use|run active|model -why -not",
        "which model -why -exist -trained -better -list -not -distilled -new -many",
        "list model|adapter active|use|answer|default|live -why -not -new",
        "model|adapter active|use -why -not -new -train -promote -better -switch -previous -eval -collect -test -base",
        "offline|machine cloud|online use|run|answer|active|which|who|stay -not -why -stop -allow -off",
        "base distilled which|use|answer|active|who -why -eval -better -not -switch",
        "which base|distilled use|answer|active|run -why -eval -better -not -switch",
    ),
    "route": (
        "why route|adapter|choose|distilled -not -train -collect -eval -better",
        "why model|cloud|offline|route|adapter|online|base|distilled choose|answer|use|go|run|route|send|switch",
        "why choose|answer|use|send model|cloud|offline|route|adapter|online|base|distilled|machine|who",
        "why choose -not",
        "why offline|cloud|online -not",
        "why THIS model|adapter|route -not",
        "why answer|use|send offline|cloud|machine|online -not",
        "who|which rule choose|route",
        "who choose|route send|cloud|offline|model|answer|route",
        "which rule choose|route route|model|answer",
        "which|list|where route -not",
        "route -not -adapter -data -off",
        "route choose|answer|model|list|which|previous|why",
        "where answer go|which|list|return",
    ),
    "offline.on": (
        "offline go|stay|switch|turn|enable|mode|use|answer|run|promote|start|send|return|loop|only|from_now_on "
        "-not -stop -off -leave -why -who -cloud -adapter -distilled -new -train -status",
        "offline mode|loop|from_now_on go|stay|switch|turn|enable|use|promote|start|run|answer -not -stop -off -leave -why",
        "offline go|stay|switch|use|only|run|answer cloud not|stop|off -leave -why",
        "only offline model|answer|use|run|stay -why -which -not",
        "only offline model|answer|use|run|stay use|go|answer|stay -why -which -not",
        "offline -not -stop -off -leave -why -who -cloud -adapter -model -list",
        "not|stop|off|disconnect|leave cloud -why -which",
        "not|stop|off|disconnect|leave cloud|online use|send|answer|go|allow|run|turn|loop|from_now_on|switch|list -why",
        "not|stop|off online|send -why -which -list -offline -start",
        "not|stop leave|send machine|loop|cloud -why",
        "not leave|send machine data|loop|example|answer|history|cloud -why",
        "not cloud|online offline|machine stay|use|run|answer|only|go",
        "disconnect -why",
        "airplane -off -leave -why -not -stop",
        "stay|use|run|answer machine -why -not -which",
        "stay loop|data|answer machine|offline -why -not",
    ),
    "offline.off": (
        "online go|stay|return|back|switch|turn|rollback|enable|use|goback|allow|mode -not -stop -off -why -which",
        "online -not -stop -off -why -which -who",
        "offline off|leave|not|stop|disconnect -why -which -use -cloud",
        "offline off|leave|not|stop stay|mode -why -which",
        "offline off|leave|not|stop|disconnect mode|stay|use|turn|switch|return|go|from_now_on|only -why -which",
        "offline not|stop|off|leave cloud allow|use|enable|back|go|return -why",
        "cloud allow|use|enable|back|return|switch|go|goback|turn|answer|start -not -stop -off -why -which -who -offline",
        "cloud allow|use|enable|back|return|switch|go|goback|turn|answer back|allow|goback|model|use|mode -not -stop -off "
        "-why -which -who",
        "airplane off|leave|not|stop -why",
    ),
    "eval.run": (
        "sheet run|start|eval|test|use|go|walk|answer|quality|turn|loop|list -why -not -data",
        "sheet run|start|eval|test model|adapter|distilled|base|loop|offline|new|active|eval -why -not",
        "sheet -why -not -many -exist -data",
    ),
    "doctor": (
        "doctor -why -not",
        "fineword YOU -why",
        "fineword SELF|fineword -why",
        "doctor run|start|test|list|self|fineword|status -why",
        "doctorword run|start|use|go|list|list -why",
        "test self|fineword -why -sheet -model -adapter",
        "self|test fineword|test self|machine|list -why",
        "list fineword self|test|machine -why",
        "fineword self",
    ),
    "help": (
        "help -not -train -model -eval -collect -offline -run -test -better -review -use",
        "help command|list|use|say",
        "which|list command|say -run",
        "which|list command exist|say|use|list",
        "command exist|list|which",
    ),
}
# The commands that do something; asked whether or what, they are not meant.
ACTS = frozenset(
    {"distill.collect", "distill.train", "distill.promote", "distill.rollback", "distill.run", "offline.on",
     "offline.off"}
)  # fmt: skip
# One of these alone is everyday talk; a sentence is a command with it only if little else is said.
SHORT_ONLY = frozenset({"collect", "train", "review", "test", "history", "status", "eval", "promote", "distill", "offline",
                        "online", "help", "route", "sheet", "rollback", "adapter", "disconnect", "doctorword"})  # fmt: skip
# Words that nobody uses who does not talk about Adam.
OWN = frozenset(
    {
        "distill",
        "distilled",
        "adapter",
        "ID",
        "unreviewed",
        "sheet",
        "offline",
        "rollback",
        "approved",
        "online",
    }
)
