// Written by `python -m hamlet.web.typescript` from hamlet/web/wire/: change those, not this.

/**
 * `command` waits in the inbox of `run`. When it has taken effect, it is a mark of kind `command`, at this
 * `episode` or a later one, among those at `marks`.
 */
export interface Accepted {
  run: string;
  command: string;
  episode: number;
  marks: string;
}

/**
 * What was done with `persona` in `calls` calls from episode `first` to `last`; `acts` in the order of
 * `DialogueHello.acts`.
 */
export interface ActsOfPersona {
  first: number;
  last: number;
  persona: string;
  calls: number;
  acts: number[];
}

/**
 * A place where something can be done; `x` to the right, `y` down, from 0.
 */
export interface Affordance {
  name: string;
  x: number;
  y: number;
}

/**
 * How often one affordance was used next after another in the last 1000 episodes; `recency`
 * is the mean place of these uses in that window: 0 earliest … 1 latest, .5 for a steady habit.
 */
export interface AffordanceEdge {
  source: string;
  target: string;
  count: number;
  recency: number;
}

/**
 * The garden path: all affordances, used or not, and which was used next after which.
 */
export interface AffordanceGraph {
  nodes: Affordance[];
  edges: AffordanceEdge[];
}

/**
 * The newest greedy exam on held-out debtors: policy name (random, constant, rule, oracle, agent) →
 * share that ended well; the agent's share by persona, and its violations per 100 calls.
 */
export interface CallExam {
  episode: number;
  success: Record<string, number>;
  personas: Record<string, number>;
  violations: number;
}

/**
 * Over some calls: the share that ended well, the mean return and length in turns, and violations of
 * the rules per 100 calls.
 */
export interface CallFigures {
  calls: number;
  success: number;
  returns: number;
  turns: number;
  violations: number;
}

/**
 * One call on the charts.
 */
export interface CallPoint {
  episode: number;
  persona: string;
  outcome: string;
  success: boolean;
  returns: number;
  turns: number;
  violations: number;
  stage: number;
}

/**
 * A day of `hours` steps; every life begins at the hour `dawn`. `opening`: place → the hour
 * from which it may be begun and the one until which (past midnight: above `hours`); no entry: always.
 */
export interface Day {
  hours: number;
  dawn: number;
  opening: Record<string, number[]>;
}

/**
 * How many lives of the last 100 (of calls: of the last 500) ended by `cause`: a meter, "cap", or an outcome.
 */
export interface Death {
  cause: string;
  count: number;
}

/**
 * One call of the exhibition, whole as far as it has come: the newest policy, greedy, at human speed, with
 * a debtor whose `persona` and `situation` the collector cannot see. `act` is the one about to be
 * done (−1 when the call is over), by `q_values`; `observed` what is perceived, in the order of
 * `DialogueHello.observed`; `ended`: "" or the outcome. `foretold`: of the act to be done, and of those of
 * most promise, the best first; `planning`: see there, `null` where nothing plans.
 */
export interface DialogueFrame {
  type: "dialogue_frame";
  run: string;
  policy_episode: number;
  call: number;
  persona: string;
  situation: string;
  turns: SpokenTurn[];
  observed: number[];
  q_values: number[];
  mask: boolean[];
  act: number;
  ended: string;
  success: boolean;
  foretold: Foretold[];
  planning: Planning | null;
}

/**
 * The conversations that are watched: calls of at most `cap` turns; `acts` are what a collector can
 * do, `observed` what it perceives.
 */
export interface DialogueHello {
  type: "dialogue_hello";
  run: string;
  config: string;
  cap: number;
  stages: number;
  acts: string[];
  personas: string[];
  observed: Observed[];
  masked: boolean;
}

/**
 * At most once a second. `metrics` of the last 100 calls, `recent` the newest, oldest first;
 * `outcomes`: how the last 500 ended.
 */
export interface DialogueUpdate {
  type: "dialogue_update";
  run: string;
  state: RunState;
  episode: number;
  stage: number;
  epsilon: number;
  metrics: CallFigures | null;
  personas: PersonaFigures[];
  recent: CallPoint[];
  outcomes: Death[];
  marks: Mark[];
  exam: CallExam | null;
}

/**
 * One episode on the charts. `cause`: a meter's name, or "cap". `intrinsic_reward` is
 * before its weight: what novelty added to the total is `intrinsic_weight * intrinsic_reward`.
 */
export interface EpisodePoint {
  episode: number;
  survival_time: number;
  extrinsic_reward: number;
  intrinsic_reward: number;
  intrinsic_weight: number;
  curriculum_stage: number;
  cause: string;
}

/**
 * The newest greedy exam: policy name (random, stand_still, expert, agent) → mean survival.
 */
export interface Exam {
  episode: number;
  cap: number;
  means: Record<string, number>;
}

/**
 * What the run's world model says would follow `act`: its `value`, the mean return of imagined calls;
 * the probability that the call `ends` with it; the likeliest `replies`; `sentiment` and `cooperation` as
 * they would be perceived. `way`: one imagined call, near that mean, which `ended` "well" or "badly" or ("")
 * goes on; empty for acts of little promise.
 */
export interface Foretold {
  act: number;
  value: number;
  ends: number;
  replies: Reply[];
  sentiment: number;
  cooperation: number;
  way: ImaginedTurn[];
  ended: string;
}

/**
 * A number about this process or its machine: in bytes, seconds or things, as its name says; `labels` tell
 * those of one name apart.
 */
export interface Gauge {
  name: string;
  help: string;
  value: number;
  labels: Record<string, string>;
}

/**
 * `ok`: visitors can be sent here; `reason` says why not ("" when they can).
 */
export interface Health {
  ok: boolean;
  reason: string;
  services: Record<string, ServiceHealth>;
}

/**
 * First message on every connection: what is being watched. `run` is "" before any run.
 *
 * `affordances` is empty where every life draws its own layout: see `StageFrame.layout`. `day`
 * is `null` in a town without a clock. `radius`: all that the agent sees of the map are the
 * cells up to so many columns and rows away; `null`: it sees no window.
 */
export interface Hello {
  type: "hello";
  run: string;
  config: string;
  width: number;
  height: number;
  cap: number;
  stages: number;
  actions: string[];
  meters: Meter[];
  affordances: Affordance[];
  day: Day | null;
  radius: number | null;
}

/**
 * A turn of an imagined call: the act, and the intent of the imagined answer.
 */
export interface ImaginedTurn {
  act: number;
  intent: string;
}

/**
 * Something that happened at an episode. `kind`: stage · randomized · command · resumed ·
 * diverged · finished · imported.
 */
export interface Mark {
  episode: number;
  kind: string;
  text: string;
  old_stage: number | null;
  new_stage: number | null;
}

/**
 * A meter in [0,1]; a vital one ends the life at 0. `dollars`: what 1.0 is worth, if money.
 */
export interface Meter {
  name: string;
  vital: boolean;
  dollars: number | null;
}

/**
 * The newest episode's figures, and the mean survival of the last 100.
 */
export interface Metrics {
  survival_time: number;
  total_reward: number;
  extrinsic_reward: number;
  intrinsic_reward: number;
  intrinsic_weight: number;
  curriculum_stage: number;
  epsilon: number;
  mean_survival: number;
}

/**
 * One of the numbers that a collector perceives, and what it means.
 */
export interface Observed {
  name: string;
  meaning: string;
}

/**
 * One kind of debtor over the last 500 calls; `acts`: how often each act was done, in the order of
 * `DialogueHello.acts`.
 */
export interface PersonaFigures {
  persona: string;
  figures: CallFigures;
  acts: number[];
}

/**
 * How the planning learner stands. For a real call `planned` of at most `most` imagined ones; errors of the
 * world `model` and of the simplest guess on held-out calls (0 before the first measurement);
 * `imagined` transitions kept; gradient steps from `real` data and those of `planning`.
 */
export interface Planning {
  model: string;
  planned: number;
  most: number;
  model_error: number;
  guess_error: number;
  imagined: number;
  real: number;
  planning: number;
}

/**
 * Everything moved after `episode`. Levels: the agent's mean steps lived in exams, the last
 * before (`share_before`: of the expert's) and the first after. `episodes` and `env_steps`
 * until an exam reached .95 of the level before; `null` while none has.
 */
export interface Recovery {
  episode: number;
  level_before: number | null;
  share_before: number | null;
  level_after: number | null;
  episodes: number | null;
  env_steps: number | null;
}

/**
 * An answer that the world model holds for likely, and how likely [0, 1].
 */
export interface Reply {
  intent: string;
  chance: number;
}

/**
 * `status`: waiting · training · catching_up · paused · finished · failed · stopped, and past: as of an
 * earlier episode.
 */
export interface RunState {
  status: string;
  detail: string;
  episode: number;
  episodes: number;
  steps_per_second: number;
}

/**
 * A run in the list of runs. `status`: training · paused · finished · failed · stopped; `episode` of
 * `episodes` are completed. Times in UTC seconds.
 */
export interface RunSummary {
  run: string;
  world: string;
  config: string;
  seed: number;
  status: string;
  detail: string;
  episode: number;
  episodes: number;
  started_at: number;
  finished_at: number | null;
}

/**
 * `state`: waiting · starting · running · degraded · failed · finished · stopped.
 */
export interface ServiceHealth {
  state: string;
  detail: string;
}

/**
 * What the collector did and said, by these `q_values` of the acts that its `mask` allowed, and what
 * the debtor answered (`intent` as the collector understood it, `sentiment` and `cooperation` in [−1, 1]).
 * `foretold`: what a collector that plans expected of it, and how likely it held this answer (`chance`); its
 * moods are those of `perceived` (sentiment, cooperation).
 */
export interface SpokenTurn {
  act: number;
  words: string;
  q_values: number[];
  mask: boolean[];
  intent: string;
  reply: string;
  sentiment: number;
  cooperation: number;
  signals: string[];
  violations: string[];
  foretold: Foretold | null;
  chance: number;
  perceived: number[];
}

/**
 * One step of the exhibition: the newest policy, greedy, at human speed.
 *
 * `action` is the one about to be taken from this situation (-1 when the life is over);
 * `q_values` and `mask` are in the order of `Hello.actions`. `happened` is what the last
 * action did ("" for a move); `ended` is "" or the cause. `policy_episode`: the training
 * episode whose averaged network plays. `layout`: where everything stands in this life.
 * `hour` of the day (0 without one); `closed`: places where nothing can be begun at this hour.
 * `progress`: steps done of the running interaction, which takes `ticks` (both 0: none runs).
 */
export interface StageFrame {
  type: "stage_frame";
  run: string;
  policy_episode: number;
  life: number;
  step: number;
  x: number;
  y: number;
  meters: number[];
  q_values: number[];
  mask: boolean[];
  action: number;
  need: string;
  happened: string;
  ended: string;
  layout: Affordance[];
  hour: number;
  closed: string[];
  progress: number;
  ticks: number;
}

/**
 * At most once a second. `position_heatmap`: rows of visit shares over the last 100
 * episodes (sum 1); `novelty_heatmap`: rows of how new each cell was to the agent in them, in [0, 1].
 * `recent` holds the newest episodes, oldest first; a page that misses some fetches
 * `/api/runs/{run}/episodes?after=N`. `recovery` is that of the newest move.
 */
export interface StateUpdate {
  type: "state_update";
  run: string;
  state: RunState;
  episode: number;
  metrics: Metrics | null;
  position_heatmap: number[][];
  novelty_heatmap: number[][];
  affordance_graph: AffordanceGraph;
  recent: EpisodePoint[];
  deaths: Death[];
  marks: Mark[];
  exam: Exam | null;
  recovery: Recovery | null;
}

/**
 * A file at `/downloads/` and its `name`. `kind`: screenshot · gif · timelapse · csv · parquet. `run` is ""
 * where the name does not tell; `first` and `last`: the episodes that it shows, `null` where it shows a
 * moment. `modified` in UTC seconds.
 */
export interface Download {
  name: string;
  kind: string;
  bytes: number;
  modified: number;
  run: string;
  first: number | null;
  last: number | null;
}

/**
 * What this visitor may do. `operator`: knows the token; `training`: this process takes commands.
 */
export interface Controls {
  operator: boolean;
  training: boolean;
}

/**
 * An episode of the training lived again from its event. `frames` are its survival time + 1 moments, with
 * the episode as their `life` and empty `q_values`: what was thought of each action is not recorded.
 * `rewards`: what each moment earned, from living (the first: 0).
 */
export interface Life {
  run: string;
  episode: number;
  stage: number;
  epsilon: number;
  cause: string;
  frames: StageFrame[];
  rewards: number[];
}

/**
 * A whole run in stretches of `size` episodes (the last may be shorter); `checkpoints`: after which episodes
 * the policy was kept, thinned out evenly.
 */
export interface Series {
  size: number;
  stretches: Stretch[];
  checkpoints: number[];
}

/**
 * Episodes `first` to `episode`: mean survival in steps with its deviation, the shortest and longest life,
 * mean reward a life from living and from weighted novelty, and the highest stage.
 */
export interface Stretch {
  first: number;
  episode: number;
  survival: number;
  deviation: number;
  shortest: number;
  longest: number;
  living: number;
  novelty: number;
  stage: number;
}

/**
 * What the collector does; `null`: what its policy would.
 */
export interface TalkAct {
  act: string | null;
}

/**
 * A talk to begin. `persona` of the debtor and `seed`: `null` for a surprise. `collector`: a run, "rule",
 * or `null` for the newest that was trained; `episode`: after which its policy was kept, `null`: the newest.
 * `keep`: what a person says may be kept, to be erased on request.
 */
export interface TalkAsked {
  play: "collector" | "debtor" | "watch";
  persona: string | null;
  seed: number | null;
  collector: string | null;
  episode: number | null;
  keep: boolean;
}

/**
 * `link` opens the talk: whoever holds it sees what is said.
 */
export interface TalkBegun {
  link: string;
  state: TalkState;
}

/**
 * A run whose policies can collect in a talk; `episodes`: those after which one was kept, in order.
 */
export interface TalkCollector {
  run: string;
  config: string;
  seed: number;
  episodes: number[];
}

/**
 * Who the debtor is: what no collector sees. Money in dollars, `income`, `affordable` and `instalment` (what
 * the standard plan asks) a month; temperament in [0, 1]; `reason` for a specialist, or "".
 */
export interface TalkDebtor {
  persona: string;
  debt: number;
  days_overdue: number;
  income: number;
  affordable: number;
  savings: number;
  instalment: number;
  life_event: string;
  reason: string;
  calls_before: number;
  agreeableness: number;
  stability: number;
  assertiveness: number;
  openness: number;
}

/**
 * What the collector's policy would do now; `q_values` and `foretold` as in `TalkTurn`.
 */
export interface TalkNext {
  act: string;
  q_values: number[];
  mask: boolean[];
  foretold: Foretold[];
}

/**
 * What can be asked for in a talk. `collectors`: the newest first; the rule is always there. `observed`:
 * what the collector's numbers are. `longest`: characters of one thing said. `keeps`: a person's words can be
 * kept by this process.
 */
export interface TalkOptions {
  plays: ("collector" | "debtor" | "watch")[];
  personas: string[];
  acts: string[];
  observed: Observed[];
  collectors: TalkCollector[];
  longest: number;
  keeps: boolean;
}

/**
 * What a person says as the debtor.
 */
export interface TalkSaid {
  text: string;
}

/**
 * A talk as it stands; `revision` counts its changes. `run` and `episode`: whose policy collects ("rule": the
 * rule). `debtor`: `null` while somebody who chooses the collector's acts is not to know. `observed`: what the
 * collector perceives now. `next`: where the debtor is simulated and the talk goes on. `ending`: "" while it goes
 * on; `success`: it ended well. `foresees`: the policy was kept with a world model; what that foretells comes with
 * a later revision. `kept`: its number in the store of what people said, `recorded`: its turns are
 * events in the log.
 */
export interface TalkState {
  type: "talk";
  name: string;
  play: "collector" | "debtor" | "watch";
  seed: number;
  run: string;
  episode: number;
  cap: number;
  debtor: TalkDebtor | null;
  turns: TalkTurn[];
  observed: number[];
  next: TalkNext | null;
  foresees: boolean;
  ending: string;
  success: boolean;
  began: number;
  kept: number | null;
  recorded: boolean;
  revision: number;
}

/**
 * A talk in the operator's list.
 */
export interface TalkSummary {
  name: string;
  play: "collector" | "debtor" | "watch";
  run: string;
  began: number;
  turns: number;
  ending: string;
  kept: number | null;
}

/**
 * One utterance of a talk. `number`: the collector's turn it belongs to, from 0.
 *
 * Of the collector: `act` (empty where it only asks again), `q_values` and `mask` in the order of
 * `TalkOptions.acts` (values empty where its policy tells none, or a person chose), and the rules that it broke.
 * Of the debtor: `intent`, `sentiment`, `cooperation` and `signals` as the collector perceives them,
 * `confidence` of the intent in [0, 1]. `observed`: by which numbers it was chosen, or which came of it.
 *
 * Where the collector has a world model: `foretold` of the act and of those of most promise, the best first, when it
 * was chosen; `chance`: how likely it held the answer that came, `null` where it was not asked.
 */
export interface TalkTurn {
  number: number;
  who: string;
  text: string;
  act: string;
  q_values: number[];
  mask: boolean[];
  violations: string[];
  intent: string;
  sentiment: number;
  cooperation: number;
  signals: string[];
  confidence: number;
  observed: number[];
  foretold: Foretold[];
  chance: number | null;
}

/**
 * A question, and the answer with the numbers of the run; both as `LectureSection.text`.
 */
export interface ExerciseText {
  question: string;
  answer: string;
}

/**
 * `text`: paragraphs separated by an empty line, *stressed* and `quoted`. `chart`: the picture of the run that
 * belongs to it, or "".
 */
export interface LectureSection {
  heading: string;
  text: string;
  chart: string;
}

/**
 * `name`: how it is linked to; `question`: what it answers.
 */
export interface LectureText {
  name: string;
  title: string;
  question: string;
  sections: LectureSection[];
  exercises: ExerciseText[];
}

/**
 * An entry of the glossary.
 */
export interface Term {
  term: string;
  meaning: string;
}

/**
 * A stretch of a run up to `episode`: steps lived with one standard deviation around them, or of conversations
 * the share that ended well with its 95 % interval.
 */
export interface LabCurve {
  episode: number;
  mean: number;
  low: number;
  high: number;
}

/**
 * The exam after `episode`: policy (agent, random, expert, oracle …) → mean steps lived, or the share that ended
 * well.
 */
export interface LabExam {
  episode: number;
  values: Record<string, number>;
}

/**
 * `path`: below `/shelf/`; `modified` in UTC seconds.
 */
export interface LabFile {
  name: string;
  path: string;
  bytes: number;
  modified: number;
}

/**
 * A lecture as `lectures` made it: its slides, exercises and pictures; `name`: its folder, or "".
 */
export interface LabLecture {
  name: string;
  files: LabFile[];
}

/**
 * What was written about `run`.
 */
export interface LabReport {
  run: string;
  files: LabFile[];
}

/**
 * A run to be compared. `algorithm`: dqn, drqn, ddq or recall; `unit`: "steps" or "success"; `top`: the most
 * that a curve can reach; `stages`: "Stage 1 → 2: why", with the episode.
 */
export interface LabRun {
  run: string;
  world: string;
  algorithm: string;
  unit: string;
  top: number;
  curve: LabCurve[];
  exams: LabExam[];
  stages: Record<number, string>;
}

/**
 * A study as far as it has come; `table` is `null` before its end. `updated_at` in UTC seconds.
 */
export interface LabStudy {
  name: string;
  title: string;
  question: string;
  updated_at: number;
  finished: boolean;
  trials: LabTrial[];
  table: LabTable | null;
  files: LabFile[];
}

/**
 * As it was written: the cells of each row in the order of `columns`.
 */
export interface LabTable {
  columns: string[];
  rows: string[][];
}

/**
 * One training of a study. `state`: waiting · running · finished · failed · stopped.
 */
export interface LabTrial {
  variant: string;
  seed: number;
  state: string;
  episode: number;
  goal: number;
}

/**
 * A talk to be held by voice: `talk` is the link of one that goes on, with a person as the debtor; without it one
 * is begun as `asked` says. `transport`: over which line; `null`: LiveKit where it is configured.
 */
export interface VoiceAsked {
  talk: string | null;
  asked: TalkAsked | null;
  transport: "livekit" | "websocket" | null;
}

/**
 * A turn, in ms from the end of speech: until it was taken as ended, then recognised, then answered, then heard;
 * `whole`: all of it.
 */
export interface VoiceLatency {
  end_of_turn: number;
  recognised: number;
  answered: number;
  first_sound: number;
  whole: number;
}

/**
 * `name` is the only key to the session, `talk` the link of its talk. `url`: a path for a websocket on this
 * host, or LiveKit's address with a `token` for its one room.
 */
export interface VoiceOpened {
  name: string;
  talk: string;
  transport: "livekit" | "websocket";
  url: string;
  token: string;
}

/**
 * `state`: waiting, loading, idle, listening, processing, speaking or over. `p50` and `p95` of voice to
 * voice, in ms.
 */
export interface VoiceState {
  state: string;
  transport: "livekit" | "websocket";
  latencies: VoiceLatency[];
  p50: number;
  p95: number;
}

export type Message = Hello | DialogueHello | StateUpdate | DialogueUpdate | StageFrame | DialogueFrame;
