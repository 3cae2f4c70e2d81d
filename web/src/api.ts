// SPDX-License-Identifier: MIT
// The server's routes, and what can go wrong on the way to it.
import type {
  Analysis,
  Batch,
  Example,
  Explanation,
  LesionClass,
  Model,
  NarrativePreview,
  Occasion,
  OccasionChange,
  Session,
  Settings,
  Summary,
} from './types';

/** What the server answered in application/problem+json. `code` is a name of docs/errors.md. */
export class Problem extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    detail: string,
  ) {
    super(detail);
  }
}

/** The server did not answer at all. */
export class ServerLost extends Error {}

async function request(path: string, init?: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ServerLost(path, { cause });
  }
  if (response.ok) return response;
  const problem = (await response.json().catch(() => ({}))) as { code?: string; detail?: string; title?: string };
  throw new Problem(
    problem.code ?? 'internal',
    response.status,
    problem.detail ?? problem.title ?? response.statusText,
  );
}

/** With a body of JSON. */
export const send = (
  method: 'POST' | 'PUT',
  path: string,
  body: object,
  init: { signal?: AbortSignal } = {},
): Promise<Response> =>
  request(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), ...init });

const json = async <T>(path: string, init?: RequestInit): Promise<T> => (await request(path, init)).json();

function form(part: string, files: readonly File[], options: Record<string, string>): FormData {
  const data = new FormData();
  for (const file of files) data.append(part, file, file.name);
  for (const [name, value] of Object.entries(options)) data.append(name, value);
  return data;
}

const isArchive = (file: File): boolean => /\.zip$/i.test(file.name) || file.type === 'application/zip';

export const api = {
  session: () => json<Session>('/api/v1/session'),
  save: async (settings: Partial<Settings> & { llm_key?: string | null }): Promise<Session> =>
    (await send('PUT', '/api/v1/session', { settings })).json(),
  clear: () => request('/api/v1/session', { method: 'DELETE' }),
  models: () => json<Model[]>('/api/v1/models'),
  examples: () => json<Example[]>('/api/v1/examples'),
  example: async (name: string) => (await request(exampleUrl(name))).blob(),

  history: () => json<Summary[]>('/api/v1/analyses'),
  analyse: (photo: File, options: Record<string, string>) =>
    json<Analysis>('/api/v1/analyses', { method: 'POST', body: form('photo', [photo], options) }),
  analysis: (id: string) => json<Analysis>(analysisUrl(id)),
  forget: (id: string) => request(analysisUrl(id), { method: 'DELETE' }),
  photo: async (id: string, query = '') => (await request(`${analysisUrl(id)}/photo${query}`)).blob(),
  explanation: (id: string, lesionClass: LesionClass, signal: AbortSignal) =>
    json<Explanation>(`${analysisUrl(id)}/explanation?class=${lesionClass}`, { signal }),
  // Heat has no detail, so a small picture of it, drawn larger, looks the same and is there sooner.
  heat: async (id: string, lesionClass: LesionClass, signal?: AbortSignal) => {
    const query = `class=${lesionClass}&layer=heat&max_px=256`;
    return (await request(`${analysisUrl(id)}/heatmap.png?${query}`, signal ? { signal } : {})).blob();
  },

  occasion: (id: string) => json<Occasion>(`${analysisUrl(id)}/occasion`),
  saveOccasion: async (id: string, occasion: OccasionChange): Promise<Occasion> =>
    (await send('PUT', `${analysisUrl(id)}/occasion`, occasion)).json(),
  /** A file, and what the server calls it. */
  file: async (path: string): Promise<{ blob: Blob; name: string }> => {
    const response = await request(path);
    const name = /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '')?.[1] ?? '';
    return { blob: await response.blob(), name };
  },
  /** What a language model would be sent, and where to. */
  narrativeRequest: (id: string, query: string) =>
    json<NarrativePreview>(`${analysisUrl(id)}/narrative/request?${query}`),

  startBatch: (files: readonly File[], options: Record<string, string>) => {
    const first = files[0];
    const part = files.length === 1 && first && isArchive(first) ? 'archive' : 'photo';
    return json<Batch>('/api/v1/batches', { method: 'POST', body: form(part, files, options) });
  },
  batch: (id: string) => json<Batch>(batchUrl(id)),
  forgetBatch: (id: string) => request(batchUrl(id), { method: 'DELETE' }),
};

export const analysisUrl = (id: string): string => `/api/v1/analyses/${encodeURIComponent(id)}`;
export const batchUrl = (id: string): string => `/api/v1/batches/${encodeURIComponent(id)}`;
export const exampleUrl = (name: string): string => `/api/v1/examples/${encodeURIComponent(name)}`;
export const thumbnailUrl = (id: string): string => `${analysisUrl(id)}/photo?max_px=160`;
export { isArchive };
