{{- define "tower.name" -}}{{ .Values.name | default .Chart.Name }}{{- end -}}
{{- define "shared.labels" -}}
chart: {{ .Chart.Name }}
from: tower
{{- end -}}
