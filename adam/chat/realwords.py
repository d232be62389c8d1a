"""Words that lie one or two slips from one of Adam's own and are meant as they are: `modal` is no slip for model."""

from __future__ import annotations

REAL_WORDS = frozenset(
    """
abd abide abort abound abre absolute abund accent accepting accepts accessed accumulated accumulates
accumulating ache acre activ activated activates activation activity actuality adapt adapted adapting
adept adm admit adop adopting adopts ads advise aer after afterward age aggravate aggregated aggregates
aid aide airplanes ale alf alien alk alleg allergen allev alley allies allot allowing allows alloy aloe
alone aloud alt altar altering altern alters alve amend anch ang ann annot annually ant ante anten antiv
ants apopt appl apple apples applying aptly arch aren arise ark arte arter articles asp ass assass assay
assembl assemblage assemblies assembly asserted assesses assessing assessments assets assigning assigns
assistant assistants assisted assisting assists ast aster ate attentive attenuation auditing auth aversion
avid avoiding avoids awa axle backing backs backup backward backyard bags bak baked baking banded bands
bank bar bark barking bas bases basic basics basil basin basins bass bast bat bath bats batt batter bbox
beach beads beam beams bean beans bears beast beasts beaten beating bee beet beets began beginner
beginners beginning begun behaving behavioral behaviors behavioural behaviours beings belt belts ben bench
benchmarks bend bending bends bene bent bere best bet beta bets betting biased bike billing binds biot
bite bits bitten bitter black blast blat ble blessing blight bliss bloc blocking blocks bloss blue boat
boats boo booking booth border bore boring borne bot bother bound bout brain brains bre breach breat brig
bright brim brine bringing brings brink broke broker brown buck budd buds buil builder building builds
built bulld bulls bully bumps bundle burs bus bust butter buys cache cage cages cake cakes cam canceled
cancell cancer candidates candle candles cane cann cannon capt car cares cart case cass cast castes casts
cat catchy cate cater cath cats caught cause causes caut cave caves ceased ceases cent cere certainty
chall chances chang changed changes chanting chants chaos charg charged charges charging charming chars
charter charts chase chast chat cheating checker cheek cheeks cheer cheering chees chick chicken chicks
choices choke chooses chopping chore chuck clams clans clash claws clicking clinging clipping clock
clogged clone clos closed closer closes closest closet closing clotting clouds cloudy clown cnt coaches
coaching coats cock cod coding cold colder colds colle collections collective collector collectors
colleges com combating combined combines combining comes comet commanded commander commanders commanding
commend comments compacted companies companion companions compar compared compassion compelled compete
competed competing compiled compiler compiling comple complet completes completing complexes complying
composer composing compre compress compute computed computers computes computing comrades concealed
conception conceptions concert conducting conduction conducts conduit cone configurations configure
confirming confirms conform congestion connected connecting connective connector connectors connects
consolidated cont contacts containing contention continu continual continued continues continuity
continuum contract contracting contrasting convection convent convention conventions conver convers
conversation conversational conversions converter converting converts conviction convictions convince
convincing cooked cooker cooking cooks coop cope coping core cores cork corpor corps corrected correcting
correction corrections couch couldn coupled couples covert cracking crafting crashes cre creat created
creates creating cross crossing crow crowd crowns crows crushed crust cunning curated cure curing currency
currents curtain cycl cycles cycling dad dam damage damages damp dams dan dance dans dare daring dat dated
dates dating dawn days dean decade decent decides deciding decisions decisive decode decoded deeds deem
deer defaults defeat defect defin defined defines definite definitions definitive definitively delaying
delect deline denote dent deport desc describ described describes descript desk destination destinations
detected devices devise devote diagnosed diagnoses diagnosing dic didn dies diesel differences different
digested din dinner diph directly director dis discontent discord dise dish displaying displays diss
dissipation distal distinction ditches diver diverted division divor doc docs doct doctors doctr doesn
dogs dome don dop dors dos dose dosing dot dots dove drain drained draining drains dre dri drier drilling
drills drip drive driven drivers drives dro drops drown duality dumping dumps dusk dyes dying ear early
earn earned earning ease east eat eaten eater eating eats eaves ech edges edit eds eel egal eigen eight
either eject ejected elast eld elder ele elected election electr elevated elevating ell elong eman
embraced embraces embracing emer emerge emit emitting employer employing employs enables enabling ench
ending ends enem engaged engages engaging engineer engines ent entice entirety enumerated environmental
environments epist epit equality erect error ery esc essays est estate ether euph evacuate evacuated
evacuation evalu evaluated eve even evenings evil evils evol evolution examined examiner examines example
excessively exchange exchanged exchanger exciting exclusive execut executed executes executing exiting
exits expanding expands expans expend expert explains explan explanations exploration exporter exporting
exports ext extending extends extent extracting extracts face faces facult fade fairs fake fall false fame
fan farmer farms farther fate father faulty favors feast feathers feats feature featured fed fee feeder
feeding feeds fel fell felt fend fer fertil fever fewer fid fier fight fil file filed fill filling fin
finds fined finer fines finest fing finishes finishing fir firef fires firing firm fist fitting fixed
fixtures flap flares flash flavor flavour fled flee flesh flights flock flying focal fol folder folding
folds folly fond food forc forced forces fore fores forge forks form formed forth fou found fra fraction
fractures fram fre fres friction fried fright fro frust fuel ful fuller functional functioned functions
fund fung fur furnished futures gaining game gang garn garnered gases gate gatherings gathers gating
gauges gaz gaze gels gems gen gene generals generated generates generating generative generator genre gent
genu genus geos ger gest gift gig gin ginger git given gives giving glass glide gloss glow god gods gold
gon goods goss gra grabs grace grad grader grades gradu graduated graduates graduating grain grains grand
grape grass grat grate grave graze grazing greet gren grew grill grind gro ground grower growing grown
grows guid guided guides guiding guild guise guts hadn hail hailed hairs hal hall halls halo halted handed
handing handler handlers handy hanging hangs happenings hard hardening hardest hare harnessed hars
harvesting harvests hass hatch hatched hate hated hats haven haze head heal heap hearth heats heel heights
heir hel held hell helper helping hem hemp hen herbs hermit him hind hinder hing hip hire hired hist
histor historian historic histories hitting hive holder holes hom homes hone hoo hooked hooks hop hope
hops hor horr hors horse hose host hotels hour hous housed houses housing hover hunter hus hut ice ide ign
imagin imagined imaging imm imply imported importing imposing improper improv improvements improvis
improvised includ included includes including ind info ing inh inherent initials initiated initiates
initiating initiative inline inner insect inspecting inst installations installing installment instill
instructing instruction instructional instructors int inter interact intercept interest interfer internal
interpret intersect interven intimate isn isot iss issu issued issuing itch jeans judgements judges
judgments junction kan kay keen keeper keeping keeps ker ket kicked kicking kicks kid kidn kids kil killer
killings kills kin kings kissing kne knots known labs lace lact lad lag lake lakes lands lane laptops larg
larger largest las laser lasting lasts lat late latent latex latter launches launching lawful laws lay
layer laying lays leach leaching lead leading leads leak leaking leaky lean leaned leaning leaps lear
learner learns lease leases leasing lect leftovers legs len lending lends lens lent lept les less lessen
lesser lest lett letter letting leve lever lice lif life lifting lifts light lik likes lime limit line
lined linen liner lines ling linger linked lint lip listed listens listings lit liter liv lived lives
living loader lobe locale locales locals lock locked locking lod lodged logger lone long looks looming
loops loos loose loot lord lords lore loses losing loss loud lower lowered lowering lowers lows loyal lst
luke lunch lust machines machining mad magn mah mains maker makers male males mall mand mans manuals mar
marched marching marker market markings marks masculine mash mask masked masking mass mast mat match
matches matching mater materials maternal mates math mating maze meals meanings meant meas measured
measuring meats men mend mening menus mer mere merged merger merging mess messy mete mic mice mid mids
mighty mild mile milling min minds miner mines mining mins minutes mis mish misses mist mite mod modal
modeling modelled modelling modem modes modest molds mole moments momentum mont mor mornings mort mos moss
mot mother mothers mould mound mourning mouse mov moves movies moving muc muddy mund mus mush must myst
nam nar nas nave nearby neat neatly needy nerve nest nesting nests netting networking networks neur neut
neutr nic niche niches night nights nine node non north nose note noting nud nut oasis odor offence
offense offer offering officials often oily olds ole onc onset ont onward opening opens oper operated
operates operating opin oppose opposes option ordering orders ore ores organised organising organism
organisms organized organizer organizers organizes organizing originally originate orth ost outcomes outer
ove oven overr owes oxen pace pack packed pact pad padd pains paint painter pair palace pale pall pand
pant pants par para paragraphs paren parked parking pars parse part particle pas pass paste pat patch
paused pauses paved paving peace peach peak peaks pear peer pen percussion perfor performances performed
performer performers permanent permissions permits pertain pest pests phon phones pic picking pickled
picks pid pie pil pill pills pin pine pines pink pint pipe pipelines pist pitch pla plac placed places
plag plane plate ple pleas pleased plight ply pod point pointer poker pole poll pollen polling polls pom
ponder pondering poorer populace populated por post pound pour powder powdered powders pprint praise pray
pre preach precedent precious pred prediction pref prefers prem prepar prepares preparing present
presented presenter presents preserved presume pretending preventing prevents preview previously primate
primates prin princ printed printers printing prints priori pro probable probation proble proceeding
processed processes processing produced producer produces producing product productions productive prof
profess programs progresses progressing projection promises promising promoted promoter promoters
promotional promotions prompted prompting prone property proportion proposes proposing prote protection
protocol protocols provoking prowess prud publisher publishes publishing pul pulling puls punch purch pus
pushes pushing qualify questioned qui quiet quot quote rab race raced racing rag rage raging rain rains
raised raises raising rake rall rally rand rape raped rare rat rates ratings rats rays reaches reaching
react reacting reactive reactivity read readable reads reasons rebel rece recept recession recip recipes
recite recommendations recommended recommends recounted recurring red redeem redes reducing reed reeds
refer referred referring refine refining reflected reflecting refres refreshing refusing regain regained
regen regul rehe reiter rejection rejects rel relating relaxing rele released releases relent relied
relies relieved relieving relying remained remains reminding remot remov removed removes removing rend
repairing repay repe repeated repeating repel repent repet repl replacing reported reporter reporting
reports repression rese resent resh residing resisting reson resort resorted resorting respected
respecting respondent responders respons responsive rest restaurants resting restored restrain restrained
rests resulting resumed resumes retain retained retaining retiring retrieval retrieved retrieving returns
reun reve revealing revel reven rever revers reversed reversing reviewer reviewers revising richer ride
rights ring rins rise rite river rod rode rods role roles roller rolls rom rooted rooting ros rotten
rotting rounding rounds rout routers routine row rowing rud rude rugs rul ruled ruler rulers ruling rust
sack sad sadd safe sages sailed sake sale sam sample sampled sampler sampling san sand sands sang sanit
sap sard sat satell save saves saving scall scanning scap scape scare scared scarring sch sche schol
schooling schools scoot scope scor scoring scorn scra scram scrape scraping scraps scrat scre scripts sea
seaf seams season seasoning seats seconds sect sections sed seed seeded seeding seeds seeks seem seen seep
sees seiz seize sel selecting selections selective selector selects selfless sell semen sen sender sens
sense sensing sep sept ser seren serum serv served serves servic services servings sett setting seven
sever sewer shack shade shaft shake shale shalt shame shap shaped shapes shaping shar shared shares
sharing shark sharp sheep sheer sheets shel shell sher shifting shifts shin shine ships shirt sho shoes
shone shops shore shores shortcut shot shots shouldn showc shower showing shown shr sick sid sig sigh
sight sim simpl simple sin sine sing sip sire site sizes sizing skate sketching ski skill skin slack slate
sleep sleeping slight slim slip slipping slow slows smaller smart smell smoothing snack snacks snap sne
sneak sneezing snow soap soar soft soil sol solar solder sole som sometimes son sonar soot soothing sor
sore sores soul sound sounding sow sown span spanning spare sparking spat speaker speaks spear speck
speeches speeding speeds speedy spell spelling spend spending spends spi spill spine spines spins spite
splash spores sporting spraying spreading sprint spun sqrt sta stacking staff staffing stag staged stages
staging stagn staining stake stakes stalk stalks stall standards stands star stare staring stark starring
stars starter startling starve starved starving stat stated states stating stats statue statues staying
stays ste steak steal stealing steaming steel steep stemming stems stepping stere sticker sticking sticks
sticky stiff stim stinging stink stip stirring stitch stitching sto stock stocks stole stone stopped
stopping stor stores storm stormy stove strain strained straining strains strand stranger strangers strap
strat stre strongest strongly struck student stunning stup sty sub submarine suc suck sue sued suff sugar
suggests suit suited suits sulf summar summaries summarized summarizes sund sung sunset superiors
supervisor supposed sur surve sut sway sweating sweeping sweet swell swift swim swine switches swollen
syll synd synt tack tag taken tal tale tales tall tame tan tank tanks tape tapes taps tart task tasked
tasks tast taste tasting taxes taxing teacher teaches teaching tech tect teen tel telling tells tem tended
tending tends tent tents terribly tested tester testes tet text texting texts thee theirs theme theor ther
therm theses thi thick thin thinks thirds thorough though thoughts threw thro throm thrown throws thrust
thus thy thym tick tide tie ties tight til tile tim tip tire tired tissue tissues tok toll tonal tone topp
tops tor torn totals tou touring tours touted tow tower towering towers tra trace tracking traded trader
trades trading trail trailing trails trainees trainer trainers trait traits tran trans transfers transform
translated translates translator trapping treason treat tree trem trig triggering triggers troubleshooting
trough truss trusting trusts trusty tube tubing tunes tur turned turning turns tutorials tutoring tying
typ types typing tyr unable undefined undergoing underline underm unders understands understood undert
undes undet une unlocking unmanned unmarried unmet unsett unsur unsure unto updated updates updating
upgraded upgrades uploading upset upt ure user util val vals valuation vanity vary vault veil vel ver verb
verge verifying vers verses viewer viewing views vill vines viol vocal void waited waits wakes waking wal
walked walking walks wall wander wandering wanting ward ware warm warn wars wart warts wash wasn wasted
wasting wat watch watched water watt watts waving weak wealth wealthy weaning weave weaving websites weeds
weighs weight wel weren west western wet wetter whale whatsoever whe wheels whenever wherever whim whis
whit white wholes whose wicked wid wider widows wil wild willing wills win wind window winds wines winners
winter wire wired wis wit witch withdrawal withdrawing withdrawn withdrew woke won wonders wooden wool wor
word wording words wore worker workflows workings workplace world worms wors worsen worst worthy wouldn
wound wra wre wrist writ writer writes writings wrongs yearly yearning yeast zig
""".split()
)
