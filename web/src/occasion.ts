// SPDX-License-Identifier: MIT
// What a person says besides the answer: it stands in every report, and is kept by the server with the analysis.
import { signal } from '@preact/signals';
import { api } from './api';
import { t } from './i18n';
import { sentenceOf, type Told } from './problem';
import { announce, cleared } from './state';
import type { Occasion, OccasionChange } from './types';

type Signing = OccasionChange['sign_off'];
type Notes = Omit<Occasion, 'sign_off'>;

export interface Typed {
  id: string;
  /** Only what was loaded can be changed: a save sends all texts. */
  state: 'loading' | 'not loaded' | 'ready' | 'saving' | 'saved' | 'failed';
  /** What the server has, and over it what is typed. */
  occasion: Occasion;
  /** Why it failed, and where on the page the person tried. */
  problem: { sentence: Told; at: 'fields' | 'sign'; retry: () => void } | null;
}
export const kNothing: Occasion = { patient: '', born: '', site: '', history: '', analyst: '', sign_off: null };

export const typed = signal<Typed | null>(null);
export const isLoaded = (known: Typed | null): known is Typed =>
  known !== null && known.state !== 'loading' && known.state !== 'not loaded';

/** What was loaded of one analysis, as the server last answered, and what the server has not taken yet. */
interface Draft {
  id: string;
  kept: Occasion;
  unsaved: Partial<Notes>;
}
let draft: Draft | null = null;
cleared.subscribe(() => {
  draft = null;
  typed.value = null;
});

/** The page may be at another analysis by now. */
function show(mine: Draft, state: Typed['state'], problem: Typed['problem'] = null): void {
  if (draft === mine) typed.value = { id: mine.id, state, occasion: { ...mine.kept, ...mine.unsaved }, problem };
}

/** The last save; a report that is asked for meanwhile waits for it. */
let saving: Promise<unknown> = Promise.resolve();
export const saved = (): Promise<unknown> => saving;

export async function load(id: string): Promise<void> {
  if (typed.value?.id === id && typed.value.state !== 'not loaded') return;
  const begun: Typed = { id, state: 'loading', occasion: kNothing, problem: null };
  draft = null;
  typed.value = begun;
  await saving;
  try {
    const kept = await api.occasion(id);
    if (typed.value !== begun) return;
    draft = { id, kept, unsaved: {} };
    show(draft, 'ready');
  } catch (error) {
    const retry = (): void => void load(id);
    const problem = { sentence: sentenceOf(error), at: 'fields' as const, retry };
    if (typed.value === begun) typed.value = { ...begun, state: 'not loaded', problem };
  }
}

async function send(mine: Draft, fields: Partial<Notes>, sign: Signing): Promise<boolean> {
  const { sign_off, ...kept } = mine.kept;
  const now: Notes = { ...kept, ...mine.unsaved, ...fields };
  try {
    // What a save says nothing of stays: of a sign-off whose answer was lost only the server knows.
    mine.kept = await api.saveOccasion(mine.id, sign === undefined ? now : { ...now, sign_off: sign });
  } catch (error) {
    const retry = (): void => void (sign === undefined ? save({}) : save(fields, sign));
    show(mine, 'failed', { sentence: sentenceOf(error), at: sign === undefined ? 'fields' : 'sign', retry });
    return false;
  }
  // What was typed while this save was under way has a save of its own to come.
  const rest = Object.entries(mine.unsaved).filter(([name, text]) => now[name as keyof Notes] !== text);
  mine.unsaved = Object.fromEntries(rest);
  show(mine, rest.length > 0 ? 'saving' : 'saved');
  return true;
}

/** Keeps a change. One save at a time, each with all that is typed by then; a sign-off goes with its own save alone. */
function save(fields: Partial<Notes>, sign?: Signing): Promise<boolean> {
  const mine = draft;
  if (!mine) return Promise.resolve(false);
  Object.assign(mine.unsaved, fields);
  show(mine, 'saving');
  const done = saving.then(() => send(mine, fields, sign));
  saving = done.then((kept) => {
    if (kept && sign !== undefined) announce(t(sign ? 'sign.live.signed' : 'sign.live.withdrawn'));
  });
  return done;
}

export const saveNotes = (fields: Partial<Notes>): Promise<boolean> => save(fields);
/** Whether it is signed now. */
export const signOff = (analyst: string, verdict: 'agree' | 'override', reason: string): Promise<boolean> =>
  save({ analyst }, { verdict, reason });
export const withdraw = (): Promise<boolean> => save({}, null);
