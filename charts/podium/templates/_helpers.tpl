{{- define "podium.fullname" -}}
{{- if contains "podium" .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-podium" .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* The Lease by which one replica leads. The Secret of the trial service's certificate authority is called after it. */}}
{{- define "podium.lease" -}}
{{ include "podium.fullname" . }}-leader
{{- end -}}

{{/* The Service by which workers of sweeps reach the trial service. */}}
{{- define "podium.trials" -}}
{{ include "podium.fullname" . }}-trials
{{- end -}}

{{/* Objects of the whole cluster: two releases of one name must not meet. */}}
{{- define "podium.clusterName" -}}
{{- printf "%s-%s" (include "podium.fullname" .) .Release.Namespace -}}
{{- end -}}

{{- define "podium.selectorLabels" -}}
app.kubernetes.io/name: podium
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "podium.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "podium.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "podium.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "podium.fullname" .) -}}
{{- else -}}
{{- required "serviceAccount.name is needed when serviceAccount.create is false" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* The operator's configuration file. */}}
{{- define "podium.config" -}}
{{- if and .Values.watchNamespace (not .Values.installation) -}}
{{- fail "installation is needed with watchNamespace: the operator can't read the cluster's id there" -}}
{{- end -}}
{{- range .Values.namespaces -}}
{{- if and $.Values.watchNamespace (ne .name $.Values.watchNamespace) -}}
{{- fail (printf "namespaces: %q is not the watchNamespace %q, so the operator has no rights there" .name $.Values.watchNamespace) -}}
{{- end -}}
{{- end -}}
{{- with .Values.installation }}
installation: {{ . | quote }}
{{- end }}
trainerImage: {{ .Values.trainer.image.reference | default (printf "podium-trainer:%s" .Chart.AppVersion) | quote }}
{{- with .Values.trainer.torchImage.reference }}
torchTrainerImage: {{ . | quote }}
{{- end }}
{{- with .Values.tracking.uri }}
tracking:
  uri: {{ . | quote }}
  {{- with $.Values.tracking.podUri }}
  podUri: {{ . | quote }}
  {{- end }}
{{- end }}
{{- with .Values.certificateAuthorities }}
certificateAuthorities: {{ . | quote }}
{{- end }}
otherNamespaces: {{ .Values.otherNamespaces }}
namespaces: {{ toYaml .Values.namespaces | nindent 2 }}
{{- end -}}

{{/* What the operator does in the namespaces that it serves. docs/rbac.md holds each verb with its reason. */}}
{{- define "podium.rules" -}}
- apiGroups: [podium.dev]
  resources: [trainingpipelines]
  verbs: [get, list, watch]
- apiGroups: [podium.dev]
  resources: [trainingpipelines/status]
  verbs: [patch, update]
- apiGroups: [podium.dev]
  resources: [trainingpipelines/finalizers]
  verbs: [update]
- apiGroups: [podium.dev]
  resources: [hyperparametersweeps]
  verbs: [create, delete, get, list, patch, watch]
- apiGroups: [podium.dev]
  resources: [hyperparametersweeps/status]
  verbs: [update]
- apiGroups: [podium.dev]
  resources: [hyperparametersweeps/finalizers]
  verbs: [update]
- apiGroups: [podium.dev]
  resources: [modelversions]
  verbs: [create, delete, get, list, patch, watch]
- apiGroups: [podium.dev]
  resources: [modelversions/status]
  verbs: [patch, update]
- apiGroups: [podium.dev]
  resources: [modelversions/finalizers]
  verbs: [update]
- apiGroups: [batch]
  resources: [jobs]
  verbs: [create, delete, get, list, patch, watch]
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch]
- apiGroups: [""]
  resources: [events]
  verbs: [list]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create]
{{- end -}}
