"""Words that lie one or two slips from one of Adam's own and are meant as they are: `modal` is no slip for model."""

from __future__ import annotations

REAL_WORDS = frozenset(
    """
abd abort abound abre absolute abund accent accepts accumulated accumulates ache activ activated activates
activation activity actuality adapt adapted adept adm admit adop adopts ads advise aer after afterward age
aid airplanes ale alf alien alk alleg allergen allev alley allies allot allows alloy alone aloud alt altar
altern alters amend anch ang ann annot annually ant anten antiv ants apopt appl apple apples aptly aren
arte arter articles asp ass assass assay assembl assemblage assemblies assembly assessments assets
assistant assistants assists ast aster ate aversion avid avoids awa awaiting backs backward backyard bak
baked baking bar bas bases basic basics basil basin basins bass bat bats batt batter beach beads beams
beans bears beast beasts bee beets began beginner beginners beginning begun beings belts ben benchmarks
bend bending bends bene bet beta bets betting biased binds bite bits bitten bitter black blast blat ble
blight bloc blocks boats boo booking border boring borne bot bother bound bout brain brains bre breat brig
bright brine brings brink broke broker budd buil builds built bulld bulls butter cache cages cakes cam
candidates candle candles cannon cares case cass castes casts cat cater cats caught causes caves ceased
ceases certainty chall chances chang changed changes chanting chants chaos charg charged charges charging
charming chars charter charts chase chast chat cheating cheek cheeks cheer cheering chees chick chicken
chicks choices choke chooses chopping chore chuck clams clans clash claws clicking clinging clock clogged
close clotting clouds cloudy cnt coats cod coding cold colder colle collections collective collector
collectors colleges com combating comes commanded commander commanders commend comments compacted
companies companion compar compared comparisons compassion compelled compete competed competing compiled
compiler compiling comple complet completes complexes complying composer composing compre compress compute
computed computers computes computing comrades conception conceptions conducting conduction conducts
conduit configurations configure congestion connected connecting connective connector connectors connects
contacts containing contention contract contracting contrasting convection convention conventions
conversation conversational conversions conviction convictions cooked cooking coping core cores corps
corrected correcting correction corrections couldn coupled couples cracking crafting crashes creat created
creates cross crossing crushed cunning curated curing currency currents curtain cycl cycles dad dam damage
damages dan dance daring dat dated dates dating decade decent decides decisions decisive decode decoded
deeds defaults defin defined defines definite definitions definitive definitively delaying delect deline
denote deport describ described describes descript destination destinations devices devise devote
diagnosed diagnoses diagnosing dic didn dies diesel differences different din dinner discontent discord
dise displays dissipation distal distinction division divor doc doctors doctr doesn don dop dos dose
dosing dot drain drained draining drains dre dri dro drops duality dumps dying ear earn earned earning
ease east eat eaten eater eating eats eaves ech eds eel eigen eight either eject ejected elast eld elder
elect elected election ell elong eman embraced embraces emitting employs enables ending ends enem engaged
engages engines ent entice entirety enumerated environmental environments epist equality error ery esc
essays est estate ether evacuate evacuated evacuation evalu evaluated eve evenings evils evolution
examines example excessively exchange exchanged exchanger exciting exclusive execut executed executes
exiting exits expands expans expend expert explains explan explanations exploration exports ext extends
extent extracts facult fairs false fan farmer farther father faulty favors feast feathers feats feature
featured fee feeding feeds fel felt fer fertil fever fewer fid fier fight fil filed fin finds fined finer
fines finishes fir firef fires fist fixed fixtures flash flavor flavour flesh flights flock focal folder
forks form formed forth fou found fra fraction fractures fre fres friction fried fright fro ful functional
functioned functions fur furnished futures garnered gases gatherings gathers gating gauges gaz gaze gen
gene generals generated generates generative generator genre genu genus geos ger gest gig gin git gives
glass gloss god gon goods goss gra grabs grace grad grader grades gradu grain grains grand grape grass
grat grate grave graze grazing greet gren grind gro ground grows guild hailed hairs hal hall halls halo
halted handed handing handler handlers hanging happenings hardening hardest hare harnessed harvests
hatched hate hated hats haven head hearth heats heights heir hel hell helper hem hen herbs hermit him
hinder hing hip hire hired histor historian historic histories holder holes hom hone hooked hor horse hose
hunter ice ide imagin imagined imaging imm imply imported importing imposing improper improv improvements
improvis improvised includ included includes ind ing inh inherent initials initiated initiates initiative
inline inner insect inst installations instill instructing instruction instructional instructors int inter
interact intercept interest interfer internal interpret intersect interven intimate isn iss issu issued
itch jeans judgements judges judgments junction kan kay keeps ker ket kicked kicks kid kidn kids kin kings
kissing kne knots known lad lag lakes laptops larg larger las laser lasting lasts lat late latent latex
latter lawful layer leach leaching leading leads leak leaking leaky lean leaned leaning leaps lear learner
learns lease leases leasing len lending lends les lessen lesser lest letter letting leve lever lie lif
lifting lifts light lik likes lined linen liner lines linger linked lip listed listen listings lit liter
liv lived lives loader locale locales locals lock locked locking lod lodged logger long looks looming
loops lords loud lower lowered lowering lowers loyal lst lunch machines mad mah mains maker makers males
mall man mans manuals marched marching marking masculine masked masking mat matches matching mater mates
mating meals meanings meant meas measured measures meats men mening mer mess messy mic mid mighty min
minds mine miner mines minutes mis mod modal modelled modem modes moments momentum mor mornings mos mot
mother mothers mould mound mourning mov moves movies muc muddy mus must nam nar nas needy nerve nesting
nests netting networks neur neutr nic niche niches night nights non north noting nud nut oasis offence
offense offer often ole onc onset ont onward opens operated operates option orders ore originally
originate orth ost outcomes outer ove packed pad pains paint pair pants par para paragraphs paren pars
particle paved paving peach peak peaks pen percussion perfor performances performed performer performers
permanent permissions permits pertain pests pic pickled picks pid pills pines pint pipelines pitch pleas
pleased plight pod point poker pollen polling polls pom ponder pondering por pound powder powdered powders
pprint pre precedent precious prediction pref prepar prepares present presented presenter presents presume
pretending prevents preview previously primates prin princ prints priori pro probable probation proble
proceeding processed produced producer produces product productions productive profess programs progresses
projection promises promising promoted promoter promoters promotional promotions prompted prompting
property proportion proposes proposing prote protection protocol protocols provoking prowess pul puls
purch qualify questioned qui quiet quote rab raced racing rag raging rain rains rally raped rat rates
ratings reach reacting reactive reactivity read reads reasons rebel recept recip recipes recite
recommendations recommended recommends recounted recurring red redes reducing reed reeds referring refine
reflected reflecting refres refusing regain regained regen regul reiter rejection rejects rel relent
relied relies relieved relieving relying remained remaining remains remot remov removed removes repay
repeated repeating repel repent repet repl replacing reported reporting reports rese resent resh residing
resisting reson resort resorted resorting respected respecting respondent responders respons responsive
rest resting restored restrain restrained rests resulting resumed resumes retain retained retaining
retiring returns reun revealing revel reven rever revers reversing reviewer reviewers revising richer
rights ring rite rod role roles roller rolls rom rooted rooting ros rotten rotting rounds rout routers
routine row rowing rud rul ruled ruler rulers ruling sack sad sages sailed sam sample sampled sampler
sampling sand sands sanit sap satell save saves saving scall scanning scap scare scarring sch sche schol
scope scor scored scorn scra scram scrape scraps scrat scre scripts seams season seasoning seats seconds
sections sed seeded seeding seeds seeks seem seen sees seize sel selecting selections selective selector
selects selfless sell semen sen sender sens sense sensing sep ser seren serum serv served serves servic
services servings setting seven sever sewer shack shade shake shale shalt shame shape shar shared shares
shark sharp sheep sheer sheets shell sher shine ships sho shoes shops shore shores shortcut shots shouldn
showc shown shr sick sid sight simpl simple sin sine sing sip site sizes skate sketching skill slack slate
slight slows smart smell smoothing snack snacks sneak soar sol solar solder som sometimes son sonar
soothing sor sore sores sound sounding sow spanning spare sparking speaks spear speck speeches speeding
spell spelling spending spends spill spine spite splash spores sporting spraying spreading sprint sta
stacking staff staffing stag staged stages stagn staining stake stakes stalk stalks stall standards stands
star stare staring stark starring stars starter startling starve starved starving stat stated states
stating stats statue statues stays ste steak steal stealing steaming steel stems sticks sticky stiff
stinging stink stirring stitch stitching sto stock stocks stopped stor store stores storm stormy strain
strained straining strains strand stranger strangers strap strat strongest strongly stuck students
stunning stup sty sub submarine suc sue sued suff sugar suggests suit suited suits summar summaries
summarized summarizes sunset supposed sur surve sweating sweet swell swine swollen tack tag taken tal
tales tan tank tanks tapes tart tasked tasks taste tasting taxes taxing tech tel tells tem tended tending
tends tents terribly tested tester testes tet texting texts thee theirs theme theor ther therm theses thi
thick thin thinks thirds thorough though thoughts threw thro throm thrown throws thy tick tie tight til
tim tip tired tissue tissues top topp tops touted tow tower towering towers tra tracking trade traded
trading trail trailing trails trainees trainer trainers trait traits tran trans translated translates
translator trapping treason treat tree triggers trough tubing tunes tur turned turning turns tutorials
tutoring tying typ types tyr unable undergoing underline underm unders understands understood undert undes
undet une unmet unsett unsur unsure updated updates upgraded upgrades upset upt ure user util val vals
valuation vanity vault veil vel ver verb vers verses views vines vocal void waited waits wakes waking wal
walked walking walks wander wandering wanting ware warm warn warts wasn wasted wasting wat watched water
watts waving way wealth wealthy weaning weave weaving weeds weighs weight wel weren western wet wetter
whale whatsoever whe whenever wherever white wholes whose wicked wid wider wil wills win winds wines
winners winter wired wis wit witch withdrawal withdrawn withdrew woke won wonders wooden wor wording words
wore worker workflows workings workplace world worms wors worsen worst worthy wouldn wound wra wre wrist
writ writer writes writings wrongs yearning yeast zig
""".split()
)
