// SPDX-License-Identifier: MIT
// What the server says of a failure, in the page's language where the page has words for it.
import { Problem } from './api';
import { language, t, translated } from './i18n';

/** A sentence to show, and the language that it is in. */
export interface Told {
  text: string;
  lang: string;
}

/** In English the server's own sentence, which knows the file and the figures; else the words for its code. */
export function told({ code, message }: { code: string; message: string }): Told {
  const own = language.value === 'en' ? '' : translated(`error.${code}`, '');
  return own === '' ? { text: message, lang: 'en' } : { text: own, lang: language.value };
}

/** Of what was thrown on the way to the server. */
export const sentenceOf = (error: unknown): Told =>
  error instanceof Problem ? told(error) : { text: t('error.lost.title'), lang: language.value };
