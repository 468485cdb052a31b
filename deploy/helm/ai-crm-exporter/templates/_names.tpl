{{/* Name of the exporter's resources: "ai-crm-exporter" for the release "ai-crm". */}}
{{- define "exporter.name" -}}
{{ .Values.fullnameOverride | default (printf "%s-exporter" .Release.Name) | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Labels for selectors. The instance is the AI-CRM. It becomes the label job of every metric and alert. */}}
{{- define "exporter.selector" -}}
app.kubernetes.io/name: ai-crm-exporter
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Labels of every resource. */}}
{{- define "exporter.commonLabels" -}}
app.kubernetes.io/part-of: ai-crm-monitoring
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}
{{- with .Values.labels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The metadata of the exporter's resources. */}}
{{- define "exporter.metadata" -}}
name: {{ include "exporter.name" . }}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "exporter.selector" . | nindent 2 }}
  {{- include "exporter.commonLabels" . | nindent 2 }}
{{- end }}
