"""Words that lie one or two slips from one of Adam's own and are meant as they are: `modal` is no slip for model."""

from __future__ import annotations

REAL_WORDS = frozenset(
    """
abort abound abre accumulated accumulates ache activated activates activation activity actuality adapted
adept admit adopts advise aest aging airplanes alien alive alleg allergen allev alley allies allot allows
alloy aloe alone aloud altar altern alters alve annot annually ante anten antiv ants apopt arab aren arom
arte arter articles assass assay assemblage assemblies assembly assessments assets assistant assistants
assists aster atop aval aver aversion avid avoids awaiting axle backs backyard bake baked baking bang bank
barb barg bark barn bars bases basics basil basin basins bass bast bats batt batter beach bead beads beak
beam beams beans bear bears beast beasts beaut beef beer bees beet beets began beginner beginners
beginning begun beings bell belt belts benchmarks bend bending bends bene bent beta bets betting biased
bins bite bitten bitter black blast blight blocks blogs blue boat boats bone booking border bore boring
borne bother bound bout bows brack brain brains breat brig bright brine brings brink broker brom brow
brows buck builds built bull bulld bump burn buses butter cable cache cage cages cake cakes camel camp
candidates candle candles cane cannon cans canv cany capt cares cart cass cast castes casts cate cater
cats caught caus causes caut cave caves ceased ceases cell cent cere certainty chall chances changed
changes chant chanting chants chaos charged charger charges charging charming chars charts chase chast
cheating cheek cheeks cheering chees chick chicken chicks chip chis choices choke chooses chopping chore
chuck clams clan clans clash claws cleft clicking clinging clip clock clogged close clotting clouds cloudy
coats coding coer cold colder collections collective collector collectors colleges coma comb combating
comed comes comet commanded commander commanders commend comments companies companion compared comparisons
compassion compete competed competing compiled compiler compiling completed completes complexes complying
composer composing compre compress computed computers computes computing comrades condensation conducts
conduit cone configurations conject connected connecting connection connects conservation cont convection
conversational conversion conversions cook cooked cooking coop cope coping core cork corps corrected
correcting correction cost couldn coupled couples cour cover cows crab cracking crafting created creates
crop cross crossing crow crows cunning curated curing currency currents cycles damp dance dang dare daring
dated dates dating decade decent decides decisions decisive decode decoded deed deeds deep defaults
defined defines definitions definitive definitively delaying delect deline dend denote dent deport
described describes descript destination destinations devices devise devote diagnosed diagnoses diagnosing
dice dict diesel differences different dinner diph dire discontent discord dise dish displays diss
dissipation distal distinction dive division divor docs doctors doctr dogs doll dome domes dors dose doses
dosing dots dove downt drag drain drained draining drains drip drops dtype duality dull dumb dumps dwell
dyes dying earn earned earning ease east eaten eater eating eats eaves edit egal eight either elast elder
elect elected election elong emit emitting employs enables ended ending ends enem engaged engages entice
entirety enumerated environmental environments epist epit equality essays estate ether evac evacuate
evacuated evacuation evaluated evap evil evils evol evolution examines excessively exchanged exchanger
exciting executed executes exiting exits expands expans expend explains explanations exploration extends
extent extracts fade faire fairs fake fall false fame fans fant fare farmer farther fast fate father
faulty favors feast feathers feats featured feed feeding feeds fell felt fend fern fest fever fewer fibre
fier fight file fill fined finer fines fing fins fired firef fires firm fiss fist fixtures flap flash
flavor flavour flesh flights flock flora focal foes folder font food fore fork forks formed forth fost
found fraction fractures frag fram friction fright frog fuel fully functional functioned functions fung
furn fused fuses futures gait game gang garn garnered gases gast gate gatherings gathers gating gauges
gave gaze generals generated generates generative generator genre gent genus geos gest gift given gives
glass glow gods gold goods goss gour gover grabs grace grader grades gradu grain grains gram gran grand
grape gras grat grate grav grave gray graze grazing greet grew grind grown grows guild gull guns hack
hairs halls halo halted handed handing handler handlers hang hanging hardest hare harnessed harvests hate
hated hats haze head heap hearth heat heats heed heights heir held helm helps hemp herb herbs herd hered
heres hermit hern hero hers hill hinder hing hire historian historic histories hive holder hole home hone
hood hook hooked hoop hops horr hors horse hose host hour hous hover hull hump hunter hype imagined
imaging imply imported importing imposing improper improvements improvis improvised included includes
inext inherent initials initiated initiates initiative inline inner insect installations instill
instructing instructional instructors interacting intercept interest interfer internal interpret intersect
intersections interven intimate isot issued itch iterations jack jade jeans jour judgements judges
judgments jump junction keen keeps kicked kicks king kiss kissing knots known lace lack lact laid lake
lakes lane laptops large laser lasting lasts latent latex latter layer leach leaching leading leads
leaking leaky lean leaned leaning leaps learner learns lease leases leasing lect legs lend lending lends
lent lept lessen lesser lest lett letter letting leve lever lice life lifting lifts light likes lime line
lined linen liner lines ling linger linked lint listed listen listings liter lith lived liver lives loader
locale locales locals lock locked locking lodged logger logo logos lone looks loom looming loops loos loot
lord lords lore loss lost lots loud lover lowered lowering lowers lows loyal lump lunch lust machines magn
maid mail mains maker makers male males mall mand mang mans mant manuals march marching marin marking
masculine mash masking mass mast match matching mater mates math mating maze meals meanings meant
meanwhile measured measures meat meats mell mend mening ment mere messy mids mighty mine miner mines mins
minutes misc mish mism missp mist modal modelled modem modes moist mole moll moments momentum monst mont
mood mort moss mother mothers mould mound mour moved moves movies muddy mulch mule mush must myst name
nave neat needy nerve nest nesting nests nets netting networks neur neut neutr niche niches nick night
nights nine noct node nond nons north nose nost notch note noting nour null nuns nuts oasis offence
offense offer often oily olive onset opens operated operates opin orders originally originate orth
outcomes outer oval oven overd overl overr overs overt overw oxen pack packed padd page pain pains paint
pall pand pang pant pants paragraphs paren pars particle past pave paved paving peach peak peaks peat pent
pept percussion pere performances performed performer performers permissions permits pest pests phen
pickled pict pier pill pine pines ping pink pins pint pipelines pist pitch plast pleased plight point poll
pollen polling ponder pondering pont poop pork post pound pour powdered powders pprint prag precedent
precious pred prediction pref prepared prepares presented presenter presents pretending prevents preview
previously prick primates princ prints priori probable probation proceeding processed produced producer
produces productions productive prof profess programs progresses proj projection prol promises promising
promoted promoter promoters promotional promotions prompted prompting pron property proportion proposes
proposing pros prote protection protocol protocols proud prov provoking prow prowess prox prud pulls pulp
puls pump purch qualify quiet quil quilt quint quir quiz quot quote race raced racing rack rage raging
raid rain rains rake rall rally rang rape raped rare rates ratings rats ratt rays reach reads reasons
rebel recept recipes recite recommendations recommended recommends recounted recurring redes reds redu
reed reeds referring refine regain regained regen regul rehe rein reiter rejecting relay rele relent
relied relies relieved relieving relying remained remaining remains removed removes rend rent repay repe
repeating repel repent replacing reported reporting reports rept rese resent resh reson resort resorted
resorting respondent responders responsive resting restored restrain restrained rests retain retained
retaining retiring returns reun revealing revel reven revers reversing reviewer reviewers revising rick
ride rift rights ring rins rite rode rods role roles roller rolls rooted rooting rotten rotting rounds
routers routine rover rowing rude rugs ruins ruled ruler rulers ruling sack sadd safe saga sages sail sake
sale sampled sampler sampling sand sands sang sard satell saves saving scall scanning scant scap scare
scarring schol scope scored scores scorn scram scrape scraps scre scripts seaf seams season seasoning seat
seats seconds seed seeded seeding seeds seeks seen seep sees seiz seize selecting selections selective
selector selects selfless sell semen sender sens sense sensing sent sept seren serum served server serves
servings sets sett setting seven sewer shack shade shake shale shalt shame shap shape shared shares shark
sharp sheep sheer sheets shelf shell shin shine ships shoe shoes shop shops shore shot shots shouldn showc
shown sick sight simple sine sing sins sire site skate sketching skill skip slack slate slight slip slow
slows smell smoothing snack snacks snap sneak snow soap solder soothing sore sound sounding sour spanning
spare sparking speaks spear speck speeches speeding spell spelling spend spending spends spill spine spite
splash sporting spraying spreading sprint stab stacking staff staffing stag stage staining stake stakes
stal stalk stalks stall stam standards stands stare staring stark starring stars starter startling starve
starved starving stated states stating stats statue statues stays steak steal stealing steaming steel
steep stem stems sten ster stew sticks sticky stiff stinging stink stip stirring stitch stitching stock
stocks stom stopped stores storm stormy strain strained straining strains strand stranger strangers strap
strat stray strongest strongly stuck students stunning stup submarine sued suff suggests suited suits sulf
summaries summarized summarizes sund sunset supposed surn surve swab swam swamp sway sweating sweet swell
swine swollen synd systems table tack taken tale tales tall tame tang tank tanks tann tant tape tapes tart
task tasks tast taste tasting taxes taxing tech tect teen tele tells tend tending tends tent tents tested
tester testes text texting texts theat thee theirs theme theor therm theses thick thinks thirds though
thoughts threw throm thrown throws thus tick tier tight tire tissues toes toll tone took topp tops torn
tour touted towering towers tracking trade traded trading trail trailing trails trainees trainer trainers
trait traits tram translated translates translator trap trapping trav tray treason treat tree triggers
trop trough tube tubing tuna tunes turb turf turned turning turns tutorials tutoring twins tying typed
types typh unable undergoing underline underm understands understood undert undes undet unmet unsett unsur
unsure unto updated updates upgraded upgrades upset user users util vain vals valuation vanity vase vast
veil vein vend vent vern verses vest views vill vine vines viol vocal void vows wage waited waits wake
wakes waking walking walks wall wand wander wandering wanting warm warn warts wasn wasted wasting water
watts wave waving wealth wealthy weaning weave weaving weed weeds weighs weld wells weren west wetter
whale whatsoever wheat whenever wherever whey whim whip whis whit white wholes whose wick wicked wider
width wife wiki wind winds wine wines wing wings winners winter wire witch withdrawal withdrawn withdrew
woke wonders wood wooden wording words wore worker workflows workings workplace world worm worms worn
worsen worst worthy wouldn wound wrist writer writes writings wrongs yang yearning yeast zone
""".split()
)
