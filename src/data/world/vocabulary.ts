/** @file The words of the simulated world: what its categories are called and which words belong to each. */

export interface CategoryWords {
  name: string
  nouns: readonly string[]
  adjectives: readonly string[]
}

const category = (name: string, nouns: string, adjectives: string): CategoryWords => ({
  name,
  nouns: nouns.split(' '),
  adjectives: adjectives.split(' '),
})

/** No noun stands in two categories, so that text tells them apart. */
export const CATEGORIES: readonly CategoryWords[] = [
  category(
    'kitchen',
    'kettle skillet casserole ladle whisk grater teapot saucepan breadboard colander spatula mortar pestle apron cleaver ramekin pitcher canister trivet peeler',
    'cast enamel copper stoneware nonstick hammered ceramic stackable',
  ),
  category(
    'garden',
    'trowel planter trellis greenhouse seedling hedge compost mulch rosebush fern watering rake birdbath pergola bulb orchid cactus lawn ivy wheelbarrow',
    'evergreen perennial climbing potted shady alpine fragrant hardy',
  ),
  category(
    'travel',
    'suitcase itinerary harbour hostel passport lighthouse backpack ferry citadel lagoon caravan monastery viewpoint railway canyon island bazaar glacier fjord compass',
    'coastal remote winding historic sunlit snowy guided hidden',
  ),
  category(
    'fashion',
    'cardigan blazer scarf loafer beret corset denim kimono tunic brooch waistcoat sandal parka blouse mitten sash trousers jumper cufflink cape',
    'knitted pleated quilted tailored embroidered oversized linen velvet',
  ),
  category(
    'music',
    'mandolin cello synthesizer metronome chorus ballad turntable accordion sonata drumkit lute harmonica overture microphone quartet tambourine organ flute setlist refrain',
    'acoustic baroque electric mellow syncopated choral brassy improvised',
  ),
  category(
    'home',
    'bookshelf armchair lampshade duvet sideboard curtain rug footstool chandelier wardrobe cushion mirror mantel doormat bedframe drawer bench candle blind stool',
    'oak walnut rattan upholstered minimalist rustic lacquered modular',
  ),
  category(
    'sport',
    'racket kayak dumbbell snowboard helmet saddle paddle goalpost shuttlecock climbing wetsuit javelin treadmill surfboard puck wicket archery pulley harness skate',
    'lightweight breathable waterproof padded competitive aerobic tournament rugged',
  ),
  category(
    'craft',
    'yarn crochet origami easel loom stencil beadwork macrame pottery kiln quilt needle calligraphy linocut felt embossing varnish bobbin glaze chisel',
    'handmade woven stitched painted glazed folded carved braided',
  ),
  category(
    'science',
    'telescope microscope fossil meteorite beaker genome magnet circuit prism pendulum molecule crystal spectrum volcano barometer orbit reactor enzyme satellite gyroscope',
    'quantum thermal organic stellar magnetic molecular seismic optical',
  ),
  category(
    'story',
    'detective saga dragon chronicle voyage riddle heist orphan kingdom letter haunting duel prophecy smuggler memoir fable exile manuscript witness labyrinth',
    'gothic epic noir whimsical tragic forgotten satirical tender',
  ),
  category(
    'food',
    'sourdough risotto dumpling chutney custard brioche ramen gazpacho truffle pesto strudel curry sorbet paella marmalade omelette gnocchi biscuit kimchi broth',
    'smoked spiced roasted pickled creamy zesty braised crunchy',
  ),
  category(
    'pets',
    'terrier kennel aquarium parrot leash hamster kitten terrarium saddlebag birdcage puppy litter tortoise collar groomer stable rabbit gecko pony hutch',
    'playful fluffy gentle nocturnal furry tame curious sleepy',
  ),
]

/** Words that stand in texts of every category. */
export const COMMON_WORDS =
  'new classic everyday favourite collection edition guide idea simple original season weekend gift project style small large first best inspired'.split(
    ' ',
  )

/** Segments of users, each with a leaning towards some categories. */
export const SEGMENTS = ['student', 'family', 'professional', 'retired', 'collector'] as const

export const REGIONS = ['north', 'south', 'east', 'west', 'coast'] as const

/** Everybody reads the first language; the others only who grew up with them. */
export const LANGUAGES = ['common', 'highland', 'island'] as const

/** What a language does to a word: enough that no token is shared between languages. */
const ENDINGS = ['', 'eth', 'ouia'] as const

export function inLanguage(word: string, language: number): string {
  return word + ENDINGS[language]
}

const ONSETS = 'b br c d dr f fl g gr h j k l m n p pr qu r s st t tr v w z'.split(' ')
const VOWELS = 'a e i o u ae io ou'.split(' ')
const CODAS = 'l n r s x nd rk th m v'.split(' ')

const SYLLABLES = ONSETS.length * VOWELS.length
const NAMES = SYLLABLES ** 3
/** Prime to the number of names, so that neighbouring numbers get unlike names and no two the same. */
const SCATTER = 7_368_787

/** A made-up name for every number; two numbers below 12 million never share one. */
export function madeUpName(number: number): string {
  let rest = (number * SCATTER + SCATTER) % NAMES
  const coda = CODAS[rest % CODAS.length]
  let name = ''
  for (let k = 0; k < 3; k++) {
    name += ONSETS[rest % ONSETS.length] + VOWELS[Math.floor(rest / ONSETS.length) % VOWELS.length]
    rest = Math.floor(rest / SYLLABLES)
  }
  return name + coda
}
