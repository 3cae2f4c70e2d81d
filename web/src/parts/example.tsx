// SPDX-License-Identifier: MIT
// What an example photo is by the archive that it comes from, beside the answer that may be wrong.
import { Archive, ShieldAlert } from 'lucide-preact';
import { t, translated } from '../i18n';
import { examples } from '../state';
import type { Assessed, Example } from '../types';

/** The archive's own label, which may be finer than our class. */
export const labelOf = (example: Example): string =>
  translated(`example.label.${example.class}`, t(`class.${example.class}`));

export function ExampleNote({ analysis }: { analysis: Assessed }) {
  const example = examples.value?.find(({ name }) => name === analysis.input.name);
  if (!example) return null;
  const right = example.class === analysis.predicted_class;
  const Icon = right ? Archive : ShieldAlert;
  return (
    <ul class="facts cautions">
      <li class={right ? 'is-plain' : 'is-warning'}>
        <Icon aria-hidden="true" />
        <span>{t(right ? 'example.right' : 'example.wrong', { label: labelOf(example) })}</span>
      </li>
    </ul>
  );
}
