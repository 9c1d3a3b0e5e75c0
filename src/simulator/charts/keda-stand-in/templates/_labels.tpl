{{/* What every object is labelled with. */}}
{{- define "stand-in.labels" -}}
app.kubernetes.io/part-of: keda-operator
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 }}
{{- with .Values.additionalLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* What says whose identity the operator has in a cloud. */}}
{{- define "stand-in.identity" -}}
{{- with .Values.podIdentity.aws.irsa }}
{{- if .enabled }}
eks.amazonaws.com/role-arn: {{ required "podIdentity.aws.irsa.roleArn is needed where podIdentity.aws.irsa.enabled is" .roleArn | quote }}
eks.amazonaws.com/audience: {{ .audience | quote }}
eks.amazonaws.com/sts-regional-endpoints: {{ .stsRegionalEndpoints | quote }}
eks.amazonaws.com/token-expiration: {{ .tokenExpiration | quote }}
{{- end }}
{{- end }}
{{- with .Values.podIdentity.azureWorkload }}
{{- if .enabled }}
azure.workload.identity/client-id: {{ .clientId | quote }}
azure.workload.identity/tenant-id: {{ .tenantId | quote }}
azure.workload.identity/service-account-token-expiration: {{ .tokenExpiration | quote }}
{{- end }}
{{- end }}
{{- end }}
