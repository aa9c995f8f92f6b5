/** Plain words for the meters and places that the town's configs name; others are named as they are. */

interface MeterWords {
  /** At a low, middling and slightly low level. */
  feelings: [string, string, string];
  /** Places that fill the meter, for "two steps from the fridge". */
  places: string[];
  /** An obituary's verb; only a vital meter needs one. */
  died: string;
  /** A row of "How lives end". */
  ending: string;
}

const METERS: Record<string, MeterWords> = {
  energy: {
    feelings: ["Exhausted", "Tired", "A little tired"],
    places: ["Bed", "LuxuryBed"],
    died: "died of exhaustion",
    ending: "exhausted",
  },
  hygiene: {
    feelings: ["Filthy", "Grubby", "In need of a wash"],
    places: ["Shower"],
    died: "died unwashed",
    ending: "unwashed",
  },
  satiation: {
    feelings: ["Starving", "Hungry", "Peckish"],
    places: ["Fridge", "FastFood", "HomeMeal"],
    died: "starved",
    ending: "starved",
  },
  money: {
    feelings: ["Broke", "Short of money", "Careful with money"],
    places: ["Job", "Labor"],
    died: "died penniless",
    ending: "penniless",
  },
  mood: {
    feelings: ["Miserable", "Downcast", "A little low"],
    places: ["Recreation", "Gym", "Park", "Therapist", "Bar"],
    died: "died of sorrow",
    ending: "sorrowful",
  },
  social: {
    feelings: ["Lonely", "Missing company", "Ready for company"],
    places: ["Bar", "Park"],
    died: "died of loneliness",
    ending: "lonely",
  },
  health: {
    feelings: ["Gravely ill", "Ill", "Out of sorts"],
    places: ["Doctor", "Hospital"],
    died: "fell ill and died",
    ending: "ill",
  },
  fitness: {
    feelings: ["In bad shape", "Out of shape", "A little stiff"],
    places: ["Gym", "Park"],
    died: "died of weakness",
    ending: "weak",
  },
};

export function meterWords(meter: string): MeterWords {
  return (
    METERS[meter] ?? {
      feelings: [`Out of ${meter}`, `Short of ${meter}`, `A little short of ${meter}`],
      places: [],
      died: `ran out of ${meter}`,
      ending: `out of ${meter}`,
    }
  );
}

interface PlaceWords {
  /** With its article, inside a sentence. */
  name: string;
  did: string;
  /** On the map, where the config's own name is not the word for it. */
  label?: string;
}

const PLACES: Record<string, PlaceWords> = {
  Bed: { name: "bed", did: "slept" },
  LuxuryBed: { name: "the inn", did: "slept at the inn", label: "Inn" },
  Shower: { name: "the shower", did: "washed" },
  Fridge: { name: "the fridge", did: "ate at home" },
  HomeMeal: { name: "the kitchen", did: "ate at home", label: "Kitchen" },
  FastFood: { name: "the food stall", did: "ate at the food stall", label: "Food stall" },
  Job: { name: "work", did: "worked", label: "Work" },
  Labor: { name: "the building site", did: "toiled at the building site", label: "Labour" },
  Gym: { name: "the gym", did: "exercised" },
  Bar: { name: "the bar", did: "had a drink in company" },
  Park: { name: "the park", did: "strolled in the park" },
  Recreation: { name: "the fair", did: "had fun at the fair", label: "Fair" },
  Therapist: { name: "the therapist", did: "talked to the therapist" },
  Doctor: { name: "the doctor", did: "saw the doctor" },
  Hospital: { name: "the hospital", did: "was treated in hospital" },
};

export function placeWords(place: string): PlaceWords {
  return PLACES[place] ?? { name: `the ${place}`, did: `used the ${place}` };
}

/** A place's name for a label: "FastFood" → "Food stall"; unknown ones as they are. */
export function placeLabel(place: string): string {
  return PLACES[place]?.label ?? place;
}

/** A row of "How lives end". */
export function endingWords(cause: string): string {
  return cause === "cap" ? "lived to the end" : meterWords(cause).ending;
}
