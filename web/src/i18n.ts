// SPDX-License-Identifier: MIT
// Words of the page: messages/en.json holds every key, the other languages are loaded when asked for.
import { signal } from '@preact/signals';
import en from './messages/en.json';

export type Key = keyof typeof en;
type Messages = Record<Key, string>;

export const languages = { en: 'English', de: 'Deutsch', es: 'Español' } as const;
export type Language = keyof typeof languages;
const isLanguage = (id: string): id is Language => id in languages;

export const language = signal<Language>('en');
const messages = signal<Messages>(en);

/** The one chosen before, else the first of the browser's that we have. */
function preferred(): Language {
  const ids = [localStorage.getItem('language') ?? '', ...navigator.languages].map((id) => id.slice(0, 2));
  return ids.find(isLanguage) ?? 'en';
}

async function load(id: Language): Promise<Messages> {
  if (id === 'de') return (await import('./messages/de.json')).default;
  if (id === 'es') return (await import('./messages/es.json')).default;
  return en;
}

export async function speak(id: Language = preferred()): Promise<void> {
  messages.value = await load(id);
  language.value = id;
  document.documentElement.lang = id;
  document.title = t('app.title');
}

export function chooseLanguage(id: string): void {
  if (!isLanguage(id)) return;
  localStorage.setItem('language', id);
  void speak(id);
}

export type Values = Record<string, string | number>;

export function t(key: Key, values: Values = {}): string {
  return messages.value[key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

export const isKey = (key: string): key is Key => key in en;

/** The message under `key`, or `otherwise` where there is none, or none in this language. */
export function translated(key: string, otherwise: string, values: Values = {}): string {
  return isKey(key) && messages.value[key] !== '' ? t(key, values) : otherwise;
}

type Stem<K> = K extends `${infer S}.other` ? S : never;

/** `stem.one` or `stem.other`, as the language counts. */
export function counted(stem: Stem<Key>, n: number, values: Values = {}): string {
  const one = new Intl.PluralRules(language.value).select(n) === 'one';
  return t(`${stem}.${one ? 'one' : 'other'}` as Key, { n, ...values });
}

const number = (digits: number): Intl.NumberFormat =>
  new Intl.NumberFormat(language.value, { minimumFractionDigits: digits, maximumFractionDigits: digits });

export const figure = (value: number, digits = 2): string => number(digits).format(value);
export const percent = (share: number, digits = 1): string => `${figure(100 * share, digits)}\u00a0%`;

/** A megabyte is 1,000,000 bytes. */
export function bytes(n: number): string {
  if (n < 1e5) return `${figure(n / 1e3, 1)}\u00a0kB`;
  return `${figure(n / 1e6, n % 1e6 === 0 ? 0 : 1)}\u00a0MB`;
}

export const clock = (time: string): string =>
  new Intl.DateTimeFormat(language.value, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(
    new Date(time),
  );

export const list = (items: readonly string[], type: 'conjunction' | 'disjunction' = 'disjunction'): string =>
  new Intl.ListFormat(language.value, { type }).format(items);
