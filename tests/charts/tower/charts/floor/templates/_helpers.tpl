{{- define "floor.height" -}}{{ .Values.height }}m{{- end -}}
{{- define "shared.labels" -}}
chart: {{ .Chart.Name }}
from: floor
{{- end -}}
