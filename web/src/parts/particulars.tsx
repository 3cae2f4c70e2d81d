// SPDX-License-Identifier: MIT
// What a report says of the patient and the lesion, as a person types it.
import { t } from '../i18n';
import { save, type Typed } from '../occasion';
import { Trouble } from './trouble';

const fields = ['patient', 'born', 'site'] as const;

export function Particulars({ typed }: { typed: Typed | null }) {
  const loading = !typed || typed.state === 'loading';
  return (
    <section class="card block" aria-busy={loading}>
      <h3>{t('fields.title')}</h3>
      <p class="hint">{t('fields.text')}</p>
      <div class="particulars">
        {fields.map((name) => (
          <div key={name} class={`field is-${name}`}>
            <label for={`report-${name}`}>{t(`fields.${name}`)}</label>
            <input
              id={`report-${name}`}
              type="text"
              maxLength={120}
              autocomplete="off"
              disabled={loading}
              value={typed?.occasion[name] ?? ''}
              onChange={(event) => void save({ [name]: event.currentTarget.value.trim() })}
            />
          </div>
        ))}
        <div class="field is-history">
          <label for="report-history">{t('fields.history')}</label>
          <textarea
            id="report-history"
            rows={3}
            maxLength={1000}
            disabled={loading}
            value={typed?.occasion.history ?? ''}
            onChange={(event) => void save({ history: event.currentTarget.value.trim() })}
          />
        </div>
      </div>
      <p class="saved hint" aria-live="polite">
        {typed?.state === 'saving' && t('fields.saving')}
        {typed?.state === 'saved' && t('fields.saved')}
      </p>
      <Trouble typed={typed} at="fields" />
    </section>
  );
}
