// SPDX-License-Identifier: MIT
// Where the person is: #/ (start), #/analysis/ID, #/batch/ID. Back, forward and reload work.
import { signal } from '@preact/signals';

export type Route = { view: 'start' } | { view: 'analysis' | 'batch'; id: string };

function parse(hash: string): Route {
  const [, view, id] = /^#\/(analysis|batch)\/([\w-]+)$/.exec(hash) ?? [];
  return id && (view === 'analysis' || view === 'batch') ? { view, id } : { view: 'start' };
}

export const route = signal<Route>(parse(location.hash));
addEventListener('hashchange', () => {
  route.value = parse(location.hash);
});

export const hashOf = (target: Route): string => (target.view === 'start' ? '#/' : `#/${target.view}/${target.id}`);

export function go(target: Route): void {
  const hash = hashOf(target);
  if (location.hash === hash) return;
  location.hash = hash;
  route.value = target;
}
