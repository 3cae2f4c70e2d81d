// SPDX-License-Identifier: MIT
// Photos without an answer: not good enough, or not dermatoscopic. What is wrong and what to do, no figures of classes.
import { CameraOff, Lightbulb, ScanEye } from 'lucide-preact';
import { figure, t } from '../i18n';
import { go } from '../route';
import type { Declined } from '../types';
import { adviceOf } from './quality';

function Advice({ title, items, lang }: { title: string; items: string[]; lang?: string }) {
  return (
    <>
      <h3 class="eyebrow">{title}</h3>
      <ul class="facts">
        {items.map((item) => (
          <li key={item} {...(lang ? { lang } : {})}>
            <Lightbulb aria-hidden="true" />
            <span>{item}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

export function DeclinedAnswer({ analysis }: { analysis: Declined }) {
  const retake = analysis.status === 'retake_advised';
  const Icon = retake ? CameraOff : ScanEye;
  const failed = analysis.quality.measures.filter((measure) => !measure.passed);
  const { ood } = analysis;
  return (
    <section class="card declined">
      <span class="declined-sign" aria-hidden="true">
        <Icon />
      </span>
      <h2 id="answer" tabIndex={-1}>
        {t(retake ? 'retake.title' : 'foreign.title')}
      </h2>
      <p>{t(retake ? 'retake.text' : 'foreign.text')}</p>
      {retake ? (
        <Advice title={t('retake.advice')} items={failed.map(adviceOf)} />
      ) : (
        <Advice
          title={t('foreign.advice')}
          items={[t('foreign.tip.device'), t('foreign.tip.fill'), t('foreign.tip.one')]}
        />
      )}
      {!retake && ood && (
        <p class="hint">
          {ood.reason !== '' && <span lang="en">{ood.reason} </span>}
          {ood.score !== undefined &&
            ood.rejected_from !== undefined &&
            t('foreign.score', { score: figure(ood.score), limit: figure(ood.rejected_from) })}
        </p>
      )}
      <button type="button" class="button primary" onClick={() => go({ view: 'start' })}>
        {t('retake.new')}
      </button>
    </section>
  );
}
