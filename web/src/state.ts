// SPDX-License-Identifier: MIT
// What the page knows, and everything that a person can do to it.
import { batch, computed, signal } from '@preact/signals';
import { api, isArchive, Problem, ServerLost } from './api';
import { bytes, counted, language, t } from './i18n';
import { go, route } from './route';
import type {
  Analysis,
  Batch,
  BatchRow,
  Example,
  LesionClass,
  Model,
  OperatingPoint,
  Session,
  Settings,
  Summary,
} from './types';

export const session = signal<Session | null>(null);
export const models = signal<Model[]>([]);
export const examples = signal<Example[] | null>(null);
export const history = signal<Summary[]>([]);
export const batches = signal<Batch[]>([]);
export const connection = signal<'starting' | 'online' | 'lost'>('starting');
export const stability = signal(false);

/** Rises when everything is cleared; what other parts of the page remember goes then. */
export const cleared = signal(0);

/** The photo that is being analysed; it is shown from the file itself, before the server has it. */
export interface Pending {
  name: string;
  photo: Blob;
}
export const pending = signal<Pending | null>(null);
export const sending = signal(0);

/** What did not work: `detail` is a sentence, `code` one of docs/errors.md or of the page itself. */
export interface Failure {
  code: string;
  detail: string;
  name: string;
  /** Then `detail` is English, as the server wrote it. */
  fromServer: boolean;
}
export const failure = signal<Failure | null>(null);

/** Read out by screen readers. */
export const announcement = signal('');
export const announce = (text: string): void => {
  announcement.value = text;
};

export const analyses = signal<ReadonlyMap<string, Analysis>>(new Map());
export const photos = new Map<string, Blob>();

/** The answer or the reason why there is none, for the address that the person is at. */
export const current = computed<Analysis | null>(() =>
  route.value.view === 'analysis' ? (analyses.value.get(route.value.id) ?? null) : null,
);

function keep(analysis: Analysis): void {
  analyses.value = new Map(analyses.value).set(analysis.id, analysis);
}

// --- the server -------------------------------------------------------------------------------------------------

const kRetryMs = 1500;
/** The list of photos and the figures of the session may come after the heat map. */
const kRefreshMs = 400;
let watching = false;
let retry: ReturnType<typeof setTimeout> | undefined;

function lost(): void {
  if (retry !== undefined) return;
  connection.value = connection.value === 'starting' ? 'starting' : 'lost';
  retry = setTimeout(async () => {
    retry = undefined;
    await start();
  }, kRetryMs);
}

/** Runs `work`; a server that is gone sets the page waiting for it, a refusal goes to `failure`. */
async function guarded<T>(name: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ServerLost) {
      lost();
      failure.value = { code: 'lost', detail: t('error.lost'), name, fromServer: false };
    } else if (error instanceof Problem) {
      failure.value = { code: error.code, detail: error.message, name, fromServer: true };
    } else {
      throw error;
    }
    return undefined;
  }
}

/** The first things that the page asks for; again when the server was gone. */
export async function start(): Promise<void> {
  try {
    // The first answer sets the session's cookie, so it comes before the others.
    session.value = await api.session();
    const [found, list] = await Promise.all([api.models(), api.history()]);
    const wasLost = connection.value === 'lost';
    batch(() => {
      models.value = found;
      history.value = list;
      connection.value = 'online';
      if (failure.value?.code === 'lost') failure.value = null;
    });
    if (wasLost) announce(t('back.online'));
    if (wasLost && pending.value) retryPending();
  } catch (error) {
    lost();
    if (!(error instanceof ServerLost || error instanceof Problem)) throw error;
    return;
  }
  watchModels();
  void restoreBatches();
  examples.value = await api.examples().catch(() => []);
}

/** Brings figures that change with each photo up to date. */
async function refresh(): Promise<void> {
  const before = cleared.value;
  const [now, list] = await Promise.all([api.session(), api.history()]);
  if (cleared.value !== before) return; // what it tells of is gone
  batch(() => {
    session.value = now;
    history.value = list;
  });
}

/** Asks again while a network is being loaded. */
function watchModels(): void {
  if (watching || !models.value.some((model) => model.state === 'loading')) return;
  watching = true;
  setTimeout(async () => {
    models.value = await api.models().catch(() => models.value);
    watching = false;
    watchModels();
  }, kRetryMs);
}

/** The formats that this server reads, each once: jpg and tif are other names of JPEG and TIFF. */
export function formats(): string {
  const names = session.value?.limits.formats.map((name) =>
    name.toUpperCase().replace(/^JPG$/, 'JPEG').replace(/^TIF$/, 'TIFF'),
  );
  return [...new Set(names)].join(', ');
}

// --- photos -----------------------------------------------------------------------------------------------------

function options(): Record<string, string> {
  const settings = session.value?.settings;
  return {
    ...(settings?.model ? { model: settings.model } : {}),
    ...(settings?.operating_point ? { operating_point: settings.operating_point } : {}),
    ...(stability.value ? { stability: 'true' } : {}),
  };
}

function tooBig(file: File): Failure | null {
  const limit = session.value?.limits.max_file_size_bytes;
  if (!limit || file.size <= limit || isArchive(file)) return null;
  const values = { name: file.name, size: bytes(file.size), limit: bytes(limit) };
  return { code: 'photo_too_large', detail: t('error.too_big', values), name: file.name, fromServer: false };
}

/** One photo becomes an analysis, several or a ZIP a batch. */
export function open(files: readonly File[]): void {
  const first = files[0];
  if (!first) return;
  if (files.length > 1 || isArchive(first)) void openBatch(files);
  else void analyse(first);
}

export async function analyse(file: File): Promise<void> {
  failure.value = tooBig(file);
  if (failure.value) {
    go({ view: 'start' });
    return;
  }
  go({ view: 'start' });
  pending.value = { name: file.name, photo: file };
  announce(t('run.live', { name: file.name }));
  const analysis = await guarded(file.name, () => api.analyse(file, options()));
  if (!analysis) {
    if (failure.value && (failure.value as Failure).code !== 'lost') pending.value = null;
    return;
  }
  performance.mark('nevus:response');
  fetchAhead(analysis);
  photos.set(analysis.id, file);
  batch(() => {
    keep(analysis);
    pending.value = null;
    go({ view: 'analysis', id: analysis.id });
  });
  setTimeout(() => void guarded(file.name, refresh), kRefreshMs);
}

// The heat map of the likeliest class is on its way while the answer is being drawn.
let ahead: { id: string; lesionClass: LesionClass; heat: Promise<Blob> } | null = null;

function fetchAhead(analysis: Analysis): void {
  if (analysis.status !== 'assessed') return;
  const { id, predicted_class: lesionClass } = analysis;
  ahead = { id, lesionClass, heat: api.heat(id, lesionClass) };
  ahead.heat.catch(() => undefined); // whoever takes it sees what went wrong
}

export function takeAhead(id: string, lesionClass: LesionClass): Promise<Blob> | null {
  const taken = ahead?.id === id && ahead.lesionClass === lesionClass ? ahead.heat : null;
  if (taken) ahead = null;
  return taken;
}

/** The photo that waited while the server was gone. */
export function retryPending(): void {
  const waiting = pending.value;
  failure.value = null;
  if (waiting) void analyse(new File([waiting.photo], waiting.name, { type: waiting.photo.type }));
}

export function dropPending(): void {
  batch(() => {
    pending.value = null;
    failure.value = null;
  });
}

export async function analyseExample(example: Example): Promise<void> {
  const photo = await guarded(example.name, () => api.example(example.name));
  if (photo) await analyse(new File([photo], example.name, { type: photo.type }));
}

/** The same photo under the settings that hold now. */
export async function analyseAgain(analysis: Analysis): Promise<void> {
  const photo = photos.get(analysis.id) ?? (await guarded(analysis.input.name, () => api.photo(analysis.id)));
  if (photo) await analyse(new File([photo], analysis.input.name, { type: photo.type }));
}

/** Fetches the analysis that the address names, if it is not here yet. */
export async function loadAnalysis(id: string): Promise<void> {
  if (analyses.value.has(id)) return;
  const analysis = await guarded(id, () => api.analysis(id));
  if (analysis) keep(analysis);
}

export async function forget(id: string): Promise<void> {
  await guarded(id, () => api.forget(id));
  const rest = new Map(analyses.value);
  rest.delete(id);
  photos.delete(id);
  batch(() => {
    analyses.value = rest;
    history.value = history.value.filter((summary) => summary.id !== id);
    if (route.value.view === 'analysis' && route.value.id === id) go({ view: 'start' });
  });
  await guarded(id, refresh);
}

// --- batches ----------------------------------------------------------------------------------------------------

async function openBatch(files: readonly File[]): Promise<void> {
  failure.value = files.map(tooBig).find((problem) => problem !== null) ?? null;
  const limit = session.value?.limits.max_photos_per_batch;
  if (limit && files.length > limit) {
    const detail = t('error.too_many', { n: files.length, limit });
    failure.value = { code: 'too_many', detail, name: '', fromServer: false };
  }
  if (failure.value) {
    go({ view: 'start' });
    return;
  }
  sending.value = files.length;
  const started = await guarded('', () => api.startBatch(files, options()));
  sending.value = 0;
  if (!started) return;
  keepBatch({ ...started, done: started.done ?? 0, failed: started.failed ?? 0, results: started.results ?? [] });
  go({ view: 'batch', id: started.id });
}

// The server lists no batches, so this tab keeps their ids over a reload.
const kBatchIds = 'batches';
const rememberedBatches: string[] = JSON.parse(sessionStorage.getItem(kBatchIds) ?? '[]');
batches.subscribe((known) => {
  const ids = known.map(({ id }) => id);
  sessionStorage.setItem(kBatchIds, JSON.stringify([...new Set([...ids, ...rememberedBatches])]));
});

async function restoreBatches(): Promise<void> {
  for (const id of rememberedBatches.splice(0).reverse()) {
    const found = await api.batch(id).catch(() => null);
    if (found && !batches.value.some((known) => known.id === id)) keepBatch(found);
  }
}

export function keepBatch(changed: Batch): void {
  const others = batches.value.filter((known) => known.id !== changed.id);
  batches.value = [changed, ...others];
}

export async function loadBatch(id: string): Promise<void> {
  const found = await guarded(id, () => api.batch(id));
  if (found) keepBatch(found);
}

export function batchRow(id: string, row: BatchRow): void {
  const known = batches.value.find((candidate) => candidate.id === id);
  if (!known || known.results.some((other) => other.index === row.index)) return;
  keepBatch({ ...known, results: [...known.results, row] });
}

export function batchProgress(id: string, change: Partial<Batch>): void {
  const known = batches.value.find((candidate) => candidate.id === id);
  if (known) keepBatch({ ...known, ...change });
}

export async function batchDone(id: string): Promise<void> {
  batchProgress(id, { state: 'done' });
  const known = batches.value.find((candidate) => candidate.id === id);
  if (known) announce(t('batch.live.done', { done: known.done, failed: known.failed }));
  await guarded(id, refresh);
}

/** A batch with its photos, which the server would keep as analyses of their own. */
export async function forgetBatch(id: string): Promise<void> {
  const rows = batches.value.find((known) => known.id === id)?.results ?? [];
  await guarded(id, () => api.forgetBatch(id));
  const ids = rows.flatMap((row) => row.analysis_id ?? []);
  await Promise.all(ids.map((analysis) => api.forget(analysis).catch(() => undefined)));
  batch(() => {
    batches.value = batches.value.filter((known) => known.id !== id);
    if (route.value.view === 'batch' && route.value.id === id) go({ view: 'start' });
  });
  await guarded(id, refresh);
}

export const batchName = (known: Batch): string => counted('side.history.batch', known.total);

// --- the session ------------------------------------------------------------------------------------------------

/** A key of a language model goes to the server and is not kept here. */
export async function saveSettings({
  llm_key,
  ...settings
}: Partial<Settings> & { llm_key?: string | null }): Promise<void> {
  const before = session.value;
  if (before) session.value = { ...before, settings: { ...before.settings, ...settings } };
  const saved = await guarded('', () => api.save({ ...settings, ...(llm_key === undefined ? {} : { llm_key }) }));
  session.value = saved ?? before;
}

export async function clearEverything(): Promise<void> {
  const done = await guarded('', () => api.clear());
  if (!done) return;
  photos.clear();
  ahead = null;
  batch(() => {
    ++cleared.value;
    analyses.value = new Map();
    batches.value = [];
    history.value = [];
    pending.value = null;
    failure.value = null;
    go({ view: 'start' });
  });
  announce(t('clear.done'));
  await start();
}

/** The answer was given under other settings than those that hold now. */
export const outdated = computed<boolean>(() => {
  const analysis = current.value;
  const settings = session.value?.settings;
  if (!analysis || !settings || !models.value.length) return false;
  const point: OperatingPoint | undefined = analysis.status === 'assessed' ? analysis.operating_point?.name : undefined;
  const otherModel = settings.model !== '' && settings.model !== analysis.model.id;
  return otherModel || (point !== undefined && point !== settings.operating_point);
});

language.subscribe((id) => {
  if (connection.value === 'online') void saveSettings({ language: id });
});
