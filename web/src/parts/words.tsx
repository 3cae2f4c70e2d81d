// SPDX-License-Identifier: MIT
// The analysis in words: until a writer's text comes with the answer, sentences put together from its figures.
import { PenLine } from 'lucide-preact';
import { percent, t } from '../i18n';
import { type Analysis, type Assessed, isMalignant, lesionClasses } from '../types';
import { certainty, reasonsOf } from './answer';

function sections(analysis: Assessed): { title: string; text: string[] }[] {
  const predicted = analysis.predicted_class;
  const prob = analysis.probabilities;
  const [second] = lesionClasses.filter((id) => id !== predicted).sort((a, b) => prob[b] - prob[a]);
  const level = analysis.urgency.level;
  return [
    {
      title: t('words.overview'),
      text: [
        t('words.overview.text', {
          name: t(`class.${predicted}`),
          kind: t(isMalignant(predicted) ? 'class.malignant' : 'class.benign'),
          confidence: percent(analysis.confidence),
          band: t(`band.${analysis.confidence_band}`),
          second: second ? t(`class.${second}`) : '',
          second_value: percent(second ? prob[second] : 0),
        }),
      ],
    },
    {
      title: t('words.severity'),
      text: [
        t('words.severity.text', {
          malignant: percent(analysis.malignant_prob),
          risk: t(`risk.${analysis.risk_level}`),
          urgency: t(`urgency.${level}`),
          urgency_text: t(`urgency.${level}.text`),
        }),
        ...reasonsOf(analysis).text,
      ],
    },
    { title: t('words.certainty'), text: certainty(analysis).map((sentence) => sentence.text) },
    { title: t('words.photo'), text: [t('words.photo.good', { total: analysis.quality.measures.length })] },
    { title: t('words.consult'), text: [t('words.consult.text')] },
  ].filter((section) => section.text.length > 0);
}

export function Words({ analysis }: { analysis: Analysis }) {
  if (analysis.status !== 'assessed') return <p class="card block empty">{t('words.none')}</p>;
  return (
    <article class="card block prose">
      <p class="source">
        <PenLine aria-hidden="true" />
        {t('words.source')}
      </p>
      {sections(analysis).map((section) => (
        <section key={section.title}>
          <h3>{section.title}</h3>
          <p>{section.text.join(' ')}</p>
        </section>
      ))}
    </article>
  );
}
