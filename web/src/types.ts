// SPDX-License-Identifier: MIT
// What the server sends: docs/result-schema.json and docs/http-api.md. Fields with a question mark may be missing.

export const lesionClasses = ['akiec', 'bcc', 'bkl', 'df', 'mel', 'nv', 'vasc'] as const;
export type LesionClass = (typeof lesionClasses)[number];
export const isMalignant = (id: LesionClass): boolean => id === 'mel' || id === 'bcc' || id === 'akiec';

export const urgencies = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'] as const;
export type Urgency = (typeof urgencies)[number];
export type RiskLevel = 'HIGH' | 'MODERATE' | 'LOW';
export type Band = 'high' | 'medium' | 'low';
export type Status = 'assessed' | 'retake_advised' | 'not_dermoscopy';
export const operatingPoints = ['rule_out', 'balanced', 'rule_in'] as const;
export type OperatingPoint = (typeof operatingPoints)[number];

export interface Measure {
  name: string;
  value: number;
  unit: string;
  min: number | null;
  max: number | null;
  passed: boolean;
  /** What a failure does. */
  severity: 'refuses' | 'warns';
  advice: string;
}

interface Common {
  id: string;
  created_at: string;
  expires_in_s: number;
  input: {
    name: string;
    sha256: string;
    format: string;
    width_px: number;
    height_px: number;
    size_bytes: number;
  };
  model: { id: string; version: string; sha256: string };
  quality: { usable: boolean; measures: Measure[] };
  ood?: Ood;
  timing_ms: Record<string, number>;
  disclaimer: string;
}

export interface Ood {
  state: 'in_distribution' | 'doubtful' | 'rejected';
  score?: number;
  doubtful_from?: number;
  rejected_from?: number;
  reason: string;
  cause?: string;
}

export interface Rule {
  id: string;
  level: Urgency;
  prob: number;
  limit: number;
}

export interface Assessed extends Common {
  status: 'assessed';
  predicted_class: LesionClass;
  predicted_name: string;
  confidence: number;
  confidence_band: Band;
  probabilities: Record<LesionClass, number>;
  malignant_prob: number;
  risk_level: RiskLevel;
  urgency: { level: Urgency; rule_id: string; reasons: string[]; rules?: Rule[]; policy_version?: string | number };
  prediction_set?: LesionClass[];
  cannot_tell?: boolean;
  operating_point?: { name: OperatingPoint; threshold: number; positive: boolean };
  stability?: {
    views: number;
    spread_prob: number;
    view_flip_frac: number;
    perturbations: number;
    perturbed_flip_frac: number;
  };
}

export interface Declined extends Common {
  status: 'retake_advised' | 'not_dermoscopy';
}

export type Analysis = Assessed | Declined;

export interface Summary {
  id: string;
  name: string;
  created_at: string;
  status: Status;
  predicted_class?: LesionClass | null;
  confidence?: number | null;
  malignant_prob?: number | null;
  urgency?: Urgency | null;
  model: string;
}

export interface Explanation {
  class: LesionClass;
  state: 'reliable' | 'unreliable' | 'nothing';
  peak_logit?: number;
  scale_logit?: number;
  faithfulness?: { drop_logit: number; random_drop_logit: number; beaten_frac: number };
}

export interface BatchRow {
  index: number;
  name: string;
  analysis_id: string | null;
  status: Status | 'failed';
  error: { code: string; message: string } | null;
  predicted_class?: LesionClass | null;
  confidence?: number | null;
  malignant_prob?: number | null;
  urgency?: Urgency | null;
}

export interface Batch {
  id: string;
  state: 'running' | 'done' | 'cancelled';
  total: number;
  done: number;
  failed: number;
  results: BatchRow[];
}

export interface Model {
  id: string;
  version: string;
  architecture: string;
  sha256: string;
  input_px: number;
  default: boolean;
  state: 'ready' | 'loading' | 'failed';
  metrics: Record<string, { value: number; low: number; high: number }>;
  licence: string;
  training_data: string;
}

export interface Settings {
  model: string;
  operating_point: OperatingPoint;
  language: string;
}

export interface Session {
  created_at: string;
  expires_in_s: number;
  settings: Settings;
  limits: { max_file_size_bytes: number; formats: string[]; max_photos_per_batch: number; max_analyses: number };
  device: { name: string; threads: number };
  llm: LanguageModel;
  usage: { analyses: number; bytes: number };
}

export interface LanguageModel {
  state: 'off' | 'ready' | 'error';
  host: string;
  /** Null until the host was asked which it has. */
  model: string | null;
  /** Whose key it is. */
  key: 'server' | 'session' | null;
  takes_key: boolean;
  tokens_used: number;
  tokens_cap: number;
  problem: string | null;
}

export type Reader = 'patient' | 'clinician';
export type Origin = 'offline' | 'llm';

export interface NarrativeSection {
  id: string;
  title: string;
  origin: Origin;
  sentences: { text: string; facts: string[]; sources: string[] }[];
}

export interface Narrative {
  sections?: NarrativeSection[];
  sources: { id: string; cite: string; url: string }[];
  source: Origin;
  model: string | null;
  dropped: number;
  /** Why it is not the language model's text, though that was asked for. */
  reason: string | null;
}

/** What a language model would be sent, and where to. */
export interface NarrativePreview {
  url: string;
  model: string | null;
  messages: { role: string; content: string }[];
}

/** What stands in the reports besides the answer. */
export interface Occasion {
  patient: string;
  born: string;
  site: string;
  history: string;
  analyst: string;
  sign_off: (Signing & { analyst: string; time: string }) | null;
}

interface Signing {
  verdict: 'agree' | 'override';
  reason: string;
}

/** Without `sign_off` that stays as it is; null withdraws it. */
export type OccasionChange = Omit<Occasion, 'sign_off'> & { sign_off?: Signing | null };

export interface Example {
  name: string;
  title: string;
  class: LesionClass;
  source: string;
}
