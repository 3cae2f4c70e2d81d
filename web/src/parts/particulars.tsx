// SPDX-License-Identifier: MIT
// What a report says of the patient and the lesion, as a person types it.
import { useState } from 'preact/hooks';
import { t } from '../i18n';
import { isLoaded, saveNotes, type Typed } from '../occasion';
import { Trouble } from './trouble';

const names = ['patient', 'born', 'site', 'history'] as const;

interface FieldProps {
  name: (typeof names)[number];
  /** What the server has; what is being typed is this field's own. */
  value: string;
  disabled: boolean;
}

function Field({ name, value, disabled }: FieldProps) {
  const [text, setText] = useState(value);
  const shared = {
    id: `report-${name}`,
    disabled,
    value: text,
    onInput: (event: { currentTarget: { value: string } }) => setText(event.currentTarget.value),
    onChange: () => void saveNotes({ [name]: text.trim() }),
  };
  return (
    <div class={`field is-${name}`}>
      <label for={shared.id}>{t(`fields.${name}`)}</label>
      {name === 'history' ? (
        <textarea rows={3} maxLength={1000} autocomplete="off" {...shared} />
      ) : (
        <input type="text" maxLength={120} autocomplete="off" {...shared} />
      )}
    </div>
  );
}

export function Particulars({ typed }: { typed: Typed | null }) {
  const loaded = isLoaded(typed);
  return (
    <section class="card block" aria-busy={!typed || typed.state === 'loading'}>
      <h3>{t('fields.title')}</h3>
      <p class="hint">{t('fields.text')}</p>
      <div class="particulars">
        {names.map((name) => (
          <Field key={`${name} ${loaded}`} name={name} value={typed?.occasion[name] ?? ''} disabled={!loaded} />
        ))}
      </div>
      <p class="saved hint" aria-live="polite">
        {typed?.state === 'saving' && t('fields.saving')}
        {typed?.state === 'saved' && t('fields.saved')}
      </p>
      <Trouble typed={typed} at="fields" />
    </section>
  );
}
