/** The three ways to talk. */

import type { Play } from "./state";

export const PLAYS: { play: Play; name: string; title: string; told: string; begin: string }[] = [
  {
    play: "debtor",
    name: "I play the debtor",
    title: "The agent will call you",
    told: "You are given a part: what you owe, what you earn, what happened. Type what such a person would say; under each line stands what the agent made of it.",
    begin: "Let it call me",
  },
  {
    play: "collector",
    name: "I choose the acts",
    title: "You make the call",
    told: "Somebody picks up, and you do not know who. Choose what to do, turn by turn, and see whether you do better than the agent: its choice is marked.",
    begin: "Make the call",
  },
  {
    play: "watch",
    name: "Watch",
    title: "The agent makes the call, you watch",
    told: "You see what it does not: who is on the line. Turn by turn or by itself, with what it thinks of each act before it chooses.",
    begin: "Begin the call",
  },
];
