// SPDX-License-Identifier: MIT
// What can be taken away: the reports that the server's route table offers, and what the answer rests on.
import { Braces, Download, FileText, HeartPulse, Images } from 'lucide-preact';
import { analysisUrl } from '../api';
import { bytes, clock, figure, t } from '../i18n';
import { routes } from '../state';
import type { Analysis } from '../types';

const forms = [
  ['pdf', 'report.pdf', FileText],
  ['json', 'report.json', Braces],
  ['fhir', 'report.fhir.json', HeartPulse],
  ['dcm', 'report.dcm', Images],
] as const;

function facts(analysis: Analysis): [string, string][] {
  const { input, model } = analysis;
  const decided: [string, string][] =
    analysis.status === 'assessed'
      ? [
          [t('report.fact.rule'), analysis.urgency.rule_id],
          [t('report.fact.policy'), String(analysis.urgency.policy_version ?? '')],
        ]
      : [];
  return [
    [t('report.fact.file'), input.name],
    [t('report.fact.size'), `${input.width_px} × ${input.height_px} px, ${input.format}, ${bytes(input.size_bytes)}`],
    [t('report.fact.when'), clock(analysis.created_at)],
    [t('report.fact.time'), `${figure(analysis.timing_ms.total ?? 0, 0)} ms`],
    [t('report.fact.network'), `${model.id} ${model.version}`],
    ...decided.filter(([, value]) => value !== ''),
    [t('report.fact.sha256'), input.sha256],
    [t('report.fact.network_sha256'), model.sha256],
  ];
}

export function Report({ analysis }: { analysis: Analysis }) {
  const offered = (file: string): boolean =>
    file === 'report.json' || (routes.value ?? []).some((path) => path.endsWith(`/{id}/${file}`));
  return (
    <div class="stack">
      <section class="card block">
        <h3>{t('report.download')}</h3>
        <ul class="downloads">
          {forms
            .filter(([, file]) => offered(file))
            .map(([form, file, Icon]) => (
              <li key={form}>
                <a class="download" href={`${analysisUrl(analysis.id)}/${file}`} download="">
                  <Icon aria-hidden="true" />
                  <span>
                    <strong>{t(`report.${form}`)}</strong>
                    <span class="hint">{t(`report.${form}.text`)}</span>
                  </span>
                  <Download aria-hidden="true" />
                </a>
              </li>
            ))}
        </ul>
        {!offered('report.pdf') && routes.value && <p class="hint">{t('report.later')}</p>}
      </section>
      <section class="card block">
        <h3>{t('report.facts')}</h3>
        <dl class="fact-table">
          {facts(analysis).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        <p class="hint" lang="en">
          {analysis.disclaimer}
        </p>
      </section>
    </div>
  );
}
