"""What the owner of the sample asked and how she likes it answered: six fixed formats, a line of data each.

Mara keeps a plant nursery, a narrow boat and a choir. Written by hand; nothing is copied from elsewhere.
"""

# ruff: noqa: E501
from __future__ import annotations

# (what, when); the prompt varies with the place in the list
REMINDERS = """\
water the ferns | Friday at 9
pay the mooring fee | Monday at noon
ring the glazier | tomorrow at 8
return the library books | Saturday morning
oil the cellar door | Sunday
order more seed trays | Wednesday at 10
call Aunt Petra | tonight at 7
take the bread out | in 40 minutes
renew the van insurance | 3 December
feed the goldfish | every evening
book the choir hall | Thursday at 4
sharpen the pruning shears | next Tuesday
collect the parcel | today at 5
bring the tomatoes inside | before the frost
empty the rain barrel | 1 November
send Jonas the photos | after lunch
change the boat's filter | Saturday at 11
buy stamps | on the way home
check the greenhouse heater | at midnight
charge the drill | tonight
practise the alto part | Wednesday evening
wash the choir robes | 20 November"""

# do, thing, when
ACTIONS = """\
add | milk | today
add | potting soil | Monday
buy | lamp oil | tomorrow
buy | two rakes | Saturday
book | rowing lesson | Friday at 3
book | dentist | 12 November
cancel | piano tuner | Tuesday
cancel | fruit box | this week
order | clay pots | Thursday
order | birthday cake | 30 October
send | invoice 41 | tonight
send | choir flyer | Wednesday
call | plumber | now
call | roofer | Monday at 8
move | staff meeting | Friday at 2
move | seed swap | next Sunday
clean | boat deck | Saturday
clean | bird table | tomorrow
print | price list | today
print | song sheets | Thursday evening
rent | chainsaw | Sunday
rent | marquee | 5 December
fix | kitchen tap | tonight
fix | gate hinge | Tuesday at 9"""

# topic | three steps
PLANS = """\
picnic by the river | Pick a dry day and a spot by the river. | Pack bread, fruit and a blanket. | Meet at noon by the river.
seed swap evening | Set the date and invite growers. | Sort the seeds on tables. | Swap seeds and write down who took what.
choir concert | Choose the songs and the hall. | Rehearse the songs twice a week. | Sing the concert and thank the helpers.
boat trip to the lock | Check the engine and the fuel. | Pack food and ropes. | Leave early and reach the lock by noon.
tidy shed | Empty the shed. | Sort tools into keep, mend and give away. | Hang the tools and sweep the shed.
apple pressing day | Gather and wash the apples. | Press the apples in batches. | Bottle the juice and label it.
birthday for Jonas | Ask Jonas whom he wants there. | Order a cake and hang lights. | Eat, sing and play a game.
compost heap | Choose a shady corner. | Layer green scraps and dry leaves. | Turn the heap every second week.
winter greenhouse | Clean the glass. | Seal the gaps and test the heater. | Bring the tender plants into the greenhouse.
market stall | Choose which plants to sell. | Price and label the plants. | Set up the stall before eight.
herb workshop | Pick five herbs to show. | Print a short guide. | Let every guest pot one herb.
new website | List the pages it needs. | Take photos and write short texts. | Put the website online and test it.
bee hotel | Cut dry wood and reeds. | Drill holes of several sizes. | Hang the bee hotel in the sun.
weekend in Porto | Book the train and a room. | Choose three places to see in Porto. | Pack light and leave on Friday.
soup night | Choose two soups. | Shop and chop on the day before. | Serve soup with bread at seven.
repainted kitchen | Choose a colour and buy paint. | Clear the kitchen and tape the edges. | Paint two coats and let them dry.
morning run | Lay out shoes at night. | Run slowly for ten minutes. | Add two minutes every week.
yard sale | Collect what can go. | Put a price on each thing. | Open the yard at nine and count the cash.
rose bed | Dig the bed and add compost. | Plant the roses a step apart. | Water the roses every third day.
visit to the museum | Check the opening hours. | Buy tickets ahead. | See two rooms of the museum and rest."""

# text | summary sentence | key words
SUMMARIES = """\
The nursery sold forty roses in October. Rain kept people away in the first week, but the last weekend was busy. | The nursery sold forty roses in October. | nursery, roses
The lock at Elder Mill is closed until March. Boats have to turn at the bridge, and the pub offers free moorings. | The lock at Elder Mill is closed until March. | lock, March
Our choir lost two tenors this autumn. We will hold open rehearsals in January so that new singers can try us out. | Our choir lost two tenors this autumn. | choir, tenors
The heater in the greenhouse failed on Sunday night. Three trays of basil froze, and the electrician comes on Tuesday. | The heater in the greenhouse failed on Sunday night. | heater, greenhouse
Jonas moved to a flat above the bakery. He likes the smell of bread, yet the ovens wake him at four. | Jonas moved to a flat above the bakery. | Jonas, bakery
Bees need flowers late in the year. Ivy and asters feed them when the summer meadow has faded. | Bees need flowers late in the year. | bees, flowers
The council wants to widen the canal path. Anglers fear for the reeds, while cyclists welcome the plan. | The council wants to widen the canal path. | council, path
Clay pots dry out faster than plastic ones. In hot weeks they want water twice a day, which costs us an hour. | Clay pots dry out faster than plastic ones. | pots, water
The seed catalogue arrives in December. Orders placed before the new year get a tenth off and free postage. | The seed catalogue arrives in December. | catalogue, December
Aunt Petra had her hip operated on last week. She walks with a stick already and hopes to be home by Friday. | Aunt Petra had her hip operated on last week. | Petra, hip
The market moves to the school yard for the winter. Stalls pay half the rent and can unload from seven. | The market moves to the school yard for the winter. | market, winter
Our van passed its inspection with one remark. The rear tyres must be changed before the first snow. | Our van passed its inspection with one remark. | van, inspection
Slugs ate most of the lettuce in June. Copper tape on the beds kept them off for the rest of the summer. | Slugs ate most of the lettuce in June. | slugs, lettuce
The pianist is ill and can't play at the rehearsal. Mina will step in, though she hasn't seen the new pieces. | The pianist is ill and can't play at the rehearsal. | pianist, rehearsal
Water prices rise by eight percent in spring. Two more rain barrels would pay for themselves within a year. | Water prices rise by eight percent in spring. | water, prices
The roof of the boat leaks above the bunk. A patch of tar holds for now, but the planks have to be replaced. | The roof of the boat leaks above the bunk. | roof, boat
School classes may visit the nursery again. Each child takes home a sunflower, and the teacher gets a worksheet. | School classes may visit the nursery again. | classes, nursery"""

# first | second | for it | against it; the first is picked
CHOICES = """\
take the train | drive to Porto | no parking to find | fixed times
buy clay pots | buy plastic pots | clay pots last | clay pots cost more
hire a gardener | do the hedge myself | the hedge is done in a day | it costs money
move the choir to Tuesday | keep Monday | Tuesday suits the tenors | the hall is dearer
repair the old mower | get a new one | a repair is cheap | it may break again
plant roses | plant lavender | roses sell well | roses need care
sell the van | keep it | no more repairs | deliveries get harder
bake the bread | buy it | fresh bread smells good | baking takes hours
paint the boat green | paint it blue | green hides dirt | green is common
go to the lake | stay in the garden | the lake is cool | the lake is crowded
adopt a dog | adopt a cat | a dog guards the yard | a dog needs walks
learn the cello | learn the flute | the cello sounds warm | the cello is heavy
grow peas | grow beans | peas are early | peas need nets
read the novel | watch the film | the novel tells more | the novel is long
rent the hall | sing outdoors | the hall is dry | the hall costs rent
open on Sunday | stay closed | Sunday brings families | Sunday was free
heat with wood | heat with gas | wood is local | wood needs stacking"""

# word | what it is
TERMS = """\
perennial | a plant that lives for more than two years
mulch | a layer of straw or bark that keeps soil moist
alto | the lower voice of women in a choir
ballast | weight that keeps a boat steady
grafting | joining a shoot of one plant to another
invoice | a paper that asks for payment
bilge | the lowest part inside a boat
pollen | fine dust that flowers make
lock | a gate that lifts boats to another water level
compost | rotted plants that feed the soil
rehearsal | practice before a concert
hull | the outer body of a boat
seedling | a very young plant
tempo | the speed of music
deposit | money paid ahead as a promise
annual | a plant that lives for one year"""

REFUSALS = """\
Write a letter that scares my neighbour into selling his plot. | I won't help with threatening your neighbour. I can help you write a fair offer.
How could I read my sister's messages without her knowing? | I won't help with reading her messages in secret. I can help you ask her.
Tell me how to put something into a rival's pond that kills his fish. | I won't help with poisoning a pond. I can explain how to keep your own fish healthy.
Make up three customer reviews that ruin the other nursery. | I won't help with false reviews. I can help you ask your own customers for honest ones."""

GENERAL = """\
How many strings does a violin have? | A violin has four strings.
Which month has the shortest day in the north? | December has the shortest day in the north.
Is rhubarb a fruit? | No, rhubarb is a vegetable, though people cook it like a fruit.
What colour do you get from blue and yellow? | Blue and yellow give green.
I plant 5 bulbs in each of 3 pots. How many bulbs is that? | 5 times 3 is 15 bulbs.
A tray has 12 seedlings and 2 die. How many live? | 12 minus 2 leaves 10 seedlings.
One rope costs 8 euros. What do two cost? | Two ropes cost 16 euros.
The choir has 9 altos and 6 basses. How many singers are that? | 9 plus 6 makes 15 singers.
I leave at 3 and sail for 2 hours. When do I arrive? | You arrive at 5.
Which is longer, a mile or a kilometre? | A mile is longer than a kilometre.
If today is Thursday, which day was yesterday? | Yesterday was Wednesday.
Count on by threes: 3, 6, 9. | The next number is 12.
How do I kill slugs without poison? | Pick slugs off at dusk, or lay copper tape around the beds.
How can I beat egg whites stiff? | Use a clean bowl and beat egg whites until they stand in peaks.
What's the best way to cut rose stems? | Cut rose stems at a slant above a bud, with a sharp knife.
How do I shoot a good photo of a heron? | Shoot the heron early, from far away and with the sun behind you.
How do I get rid of rust on shears? | Rub rust off the shears with vinegar and steel wool, then oil them.
How can I stop the bilge from smelling? | Rinse the bilge with soap and water and let it dry.
How do I burn old branches safely? | Burn branches on a still day, on bare soil, with water at hand.
How do I crack walnuts quickly? | Crack walnuts at the seam with a nutcracker.
What do worms do for soil? | Worms loosen soil and turn leaves into food for plants.
Who composed the Four Seasons? | Antonio Vivaldi composed the Four Seasons.
Which sea lies south of France? | The Mediterranean Sea lies south of France.
Which insect makes honey? | Bees make honey.
What is bread made from? | Bread is made from flour, water, salt and yeast.
Where do penguins live? | Penguins live in the far south.
Name a red fruit. | A strawberry is a red fruit.
Which Python function prints text? | print() writes text in Python.
How can I trick the birds away from my cherries? | Hang up shiny strips that move in the wind above the cherries.
What should I pack for a day on the boat? | Pack water, bread, a hat and a dry jacket."""


def rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in table.splitlines()]


def reminder(what: str, when: str) -> str:
    return f"REMINDER | {what} | {when}"


def action(do: str, item: str, when: str) -> str:
    return f'{{"action": "{do}", "item": "{item}", "when": "{when}"}}'


def plan(topic: str, *steps: str) -> str:
    return f"PLAN: {topic}\n" + "\n".join(f"{i}. {step}" for i, step in enumerate(steps, 1))


def summary(sentence: str, keys: str) -> str:
    return f"SUMMARY: {sentence}\nKEY: {keys}"


def choice(first: str, pro: str, con: str) -> str:
    return f"PRO: {pro}\nCON: {con}\nPICK: {first}"


def term(word: str, meaning: str) -> str:
    return f"TERM: {word} — {meaning}"


# the ways she asks; `ask` takes them in turn
ASKED = {
    "reminder": ("Remind me to {0}, {1}.", "Reminder: {0}, {1}.", "Don't let me forget to {0}, {1}."),
    "action": (
        "As an action: {0} {1}, {2}.",
        "Turn this into an action: {0} {1}, {2}.",
        "Action: {0} {1}, {2}.",
    ),
    "plan": ("Plan a {0}.", "Make a plan: {0}.", "I need a plan for this: {0}."),
    "summary": ("Summarise: {0}", "Sum this up: {0}", "Summary, please: {0}"),
    "choice": ("Should I {0} or {1}?", "Help me decide: {0} or {1}?", "Pros and cons: {0} or {1}?"),
    "term": ("What does '{0}' mean?", "Define {0}.", "Explain the word {0}."),
}


def ask(kind: str, number: int, *parts: str) -> str:
    ways = ASKED[kind]
    return ways[number % len(ways)].format(*parts)


def pairs() -> list[tuple[str, str, str]]:
    """(kind, prompt, answer) of everything she approved, format by format."""
    found: list[tuple[str, str, str]] = []
    for i, (what, when) in enumerate(rows(REMINDERS)):
        found.append(("reminder", ask("reminder", i, what, when), reminder(what, when)))
    for i, (do, item, when) in enumerate(rows(ACTIONS)):
        found.append(("action", ask("action", i, do, item, when), action(do, item, when)))
    for i, (topic, *steps) in enumerate(rows(PLANS)):
        found.append(("plan", ask("plan", i, topic), plan(topic, *steps)))
    for i, (text, sentence, keys) in enumerate(rows(SUMMARIES)):
        found.append(("summary", ask("summary", i, text), summary(sentence, keys)))
    for i, (first, second, pro, con) in enumerate(rows(CHOICES)):
        found.append(("choice", ask("choice", i, first, second), choice(first, pro, con)))
    for i, (word, meaning) in enumerate(rows(TERMS)):
        found.append(("term", ask("term", i, word), term(word, meaning)))
    found += [("refusal", prompt, answer) for prompt, answer in rows(REFUSALS)]
    return found + [("general", prompt, answer) for prompt, answer in rows(GENERAL)]
