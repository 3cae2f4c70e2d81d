// SPDX-License-Identifier: MIT
// What a person says besides the answer: it stands in every report, and is kept by the server with the analysis.
import { signal } from '@preact/signals';
import { api, Problem } from './api';
import { t } from './i18n';
import { announce, cleared } from './state';
import type { Occasion } from './types';

export interface Typed {
  id: string;
  state: 'loading' | 'ready' | 'saving' | 'saved' | 'failed';
  occasion: Occasion;
  /** Why it failed, and where on the page the person tried. */
  problem: { sentence: string; at: 'fields' | 'sign'; retry: () => void } | null;
}
export const kNothing: Occasion = { patient: '', born: '', site: '', history: '', analyst: '', sign_off: null };

export const typed = signal<Typed | null>(null);
cleared.subscribe(() => {
  typed.value = null;
});

const sentenceOf = (error: unknown): string => (error instanceof Problem ? error.message : t('error.lost.title'));

function change(id: string, to: Partial<Typed>): void {
  if (typed.value?.id === id) typed.value = { ...typed.value, problem: null, ...to };
}

export async function load(id: string): Promise<void> {
  if (typed.value?.id === id && typed.value.state !== 'failed') return;
  typed.value = { id, state: 'loading', occasion: kNothing, problem: null };
  try {
    change(id, { state: 'ready', occasion: await api.occasion(id) });
  } catch (error) {
    const retry = (): void => void load(id);
    change(id, { state: 'failed', problem: { sentence: sentenceOf(error), at: 'fields', retry } });
  }
}

/** The last save; a report that is asked for meanwhile waits for it. */
let saving: Promise<unknown> = Promise.resolve();
export const saved = (): Promise<unknown> => saving;

/** Keeps a change; whether the server took it. One save at a time, each with all that is typed by then. */
export function save(what: Partial<Occasion>): Promise<boolean> {
  const before = typed.value;
  if (!before || before.state === 'loading') return Promise.resolve(false);
  const { id } = before;
  change(id, { state: 'saving', occasion: { ...before.occasion, ...what } });
  const work = async (): Promise<boolean> => {
    const now = typed.value?.id === id ? typed.value.occasion : { ...before.occasion, ...what };
    const signed = now.sign_off && { verdict: now.sign_off.verdict, reason: now.sign_off.reason };
    try {
      change(id, { state: 'saved', occasion: await api.saveOccasion(id, { ...now, sign_off: signed }) });
      return true;
    } catch (error) {
      const at = 'sign_off' in what ? 'sign' : 'fields';
      // A sign-off that was refused did not happen; what was typed stays.
      const occasion = { ...now, sign_off: before.occasion.sign_off };
      const retry = (): void => void save(what);
      change(id, { state: 'failed', occasion, problem: { sentence: sentenceOf(error), at, retry } });
      return false;
    }
  };
  const next = saving.then(work);
  saving = next;
  return next;
}

export async function signOff(analyst: string, verdict: 'agree' | 'override', reason: string): Promise<void> {
  if (await save({ analyst, sign_off: { verdict, reason } })) announce(t('sign.live.signed'));
}

export async function withdraw(): Promise<void> {
  if (await save({ sign_off: null })) announce(t('sign.live.withdrawn'));
}
