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
    places: ["Recreation", "Gym", "Park", "Therapist"],
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
}

const PLACES: Record<string, PlaceWords> = {
  Bed: { name: "bed", did: "slept" },
  Shower: { name: "the shower", did: "washed" },
  Fridge: { name: "the fridge", did: "ate at home" },
  FastFood: { name: "the food stall", did: "ate at the food stall" },
  Job: { name: "work", did: "worked" },
  Gym: { name: "the gym", did: "exercised" },
  Bar: { name: "the bar", did: "had a drink in company" },
  Recreation: { name: "the park", did: "rested in the park" },
};

export function placeWords(place: string): PlaceWords {
  return PLACES[place] ?? { name: `the ${place}`, did: `used the ${place}` };
}

/** A place's name for a label: "FastFood" → "Food stall"; unknown ones as they are. */
export function placeLabel(place: string): string {
  const labels: Record<string, string> = { FastFood: "Food stall", Job: "Work", Recreation: "Park" };
  return labels[place] ?? place;
}

/** A row of "How lives end". */
export function endingWords(cause: string): string {
  return cause === "cap" ? "lived to the end" : meterWords(cause).ending;
}
