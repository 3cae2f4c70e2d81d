// SPDX-License-Identifier: MIT
// How sure the answer is, in sentences; what takes weight from it stands beside the answer, not only below.
import { CircleHelp, Fingerprint, ListChecks, Ruler, ShieldAlert, Waves } from 'lucide-preact';
import { figure, list, percent, t } from '../i18n';
import type { Assessed, LesionClass } from '../types';

const level = (): string => percent(0.9, 0);
const namesOf = (set: readonly LesionClass[]): string => list(set.map((id) => t(`class.${id}`)));

/** What takes weight from the answer. */
function cautions({ predicted_class: predicted, prediction_set: set, cannot_tell, ood }: Assessed): string[] {
  const found: string[] = [];
  if (set?.length && !set.includes(predicted)) found.push(t('answer.top_excluded', { level: level() }));
  if (cannot_tell) found.push(t('answer.cannot_tell', { level: level() }));
  if (ood?.state === 'doubtful') found.push(t('answer.ood.doubtful'));
  return found;
}

export function Cautions({ analysis }: { analysis: Assessed }) {
  const found = cautions(analysis);
  if (!found.length) return null;
  return (
    <ul class="facts cautions">
      {found.map((text) => (
        <li key={text} class="is-warning">
          <ShieldAlert aria-hidden="true" />
          <span>{text}</span>
        </li>
      ))}
    </ul>
  );
}

const icons = { set: ListChecks, point: Ruler, ood: Fingerprint, stability: Waves };

/** A share of photos as a count of them. */
const countOf = (share: number, photos: number): number => Math.round(share * photos);

/** The sentences under "How sure is this?", each with the name of its sign. */
function sentences(analysis: Assessed): { kind: keyof typeof icons; text: string }[] {
  const { prediction_set: set, operating_point: point, ood, stability } = analysis;
  const found: ReturnType<typeof sentences> = [];
  if (set?.length) {
    const key = set.length === 1 ? 'answer.set.one' : 'answer.set.other';
    found.push({ kind: 'set', text: t(key, { level: level(), names: namesOf(set) }) });
  }
  if (point) {
    found.push({
      kind: 'point',
      text: t(point.positive ? 'answer.point.positive' : 'answer.point.negative', {
        name: t(`side.point.${point.name}`),
        value: percent(analysis.malignant_prob),
        limit: percent(point.threshold),
      }),
    });
  }
  if (ood?.state === 'in_distribution') found.push({ kind: 'ood', text: t('answer.ood.in_distribution') });
  if (ood?.state === 'doubtful' && ood.score !== undefined) {
    const of = (value = 0): string => figure(value);
    const values = { score: of(ood.score), from: of(ood.doubtful_from), limit: of(ood.rejected_from) };
    found.push({ kind: 'ood', text: t('answer.ood.score', values) });
  }
  if (stability) {
    const values = {
      views: stability.views,
      spread: figure(100 * stability.spread_prob, 1),
      view_flips: countOf(stability.view_flip_frac, stability.views),
      altered: stability.perturbations,
      altered_flips: countOf(stability.perturbed_flip_frac, stability.perturbations),
    };
    found.push({ kind: 'stability', text: t('answer.stability', values) });
  }
  return found;
}

export function Certainty({ analysis }: { analysis: Assessed }) {
  const found = sentences(analysis);
  if (!found.length) return null;
  return (
    <section class="card block">
      <h3>
        <CircleHelp aria-hidden="true" />
        {t('answer.sure')}
      </h3>
      <ul class="facts">
        {found.map(({ kind, text }) => {
          const Icon = icons[kind];
          return (
            <li key={kind}>
              <Icon aria-hidden="true" />
              <span>{text}</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
