{{/* The name of the exporter's resources: release "ai-crm" makes "ai-crm-exporter". */}}
{{- define "exporter.name" -}}
{{ .Values.fullnameOverride | default (printf "%s-exporter" .Release.Name) | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* What selectors look for. The instance is the AI-CRM, and becomes the label job of every metric and alert. */}}
{{- define "exporter.selector" -}}
app.kubernetes.io/name: ai-crm-exporter
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Of every resource. */}}
{{- define "exporter.commonLabels" -}}
app.kubernetes.io/part-of: ai-crm-monitoring
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}
{{- with .Values.labels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* metadata of a resource of this exporter. */}}
{{- define "exporter.metadata" -}}
name: {{ include "exporter.name" . }}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "exporter.selector" . | nindent 2 }}
  {{- include "exporter.commonLabels" . | nindent 2 }}
{{- end }}
