// SPDX-License-Identifier: MIT
// Light, dark, or as the system is; remembered in this browser.
import { signal } from '@preact/signals';

const order = ['auto', 'light', 'dark'] as const;
type Theme = (typeof order)[number];

const stored = localStorage.getItem('theme');
export const theme = signal<Theme>(order.find((known) => known === stored) ?? 'auto');

theme.subscribe((chosen) => {
  document.documentElement.dataset.theme = chosen;
});

export function nextTheme(): void {
  theme.value = order[(order.indexOf(theme.value) + 1) % order.length] ?? 'auto';
  localStorage.setItem('theme', theme.value);
}
