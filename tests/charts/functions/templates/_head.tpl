{{- define "head" -}}
apiVersion: example.com/v1
kind: Results
metadata:
  name: {{ . }}
results:
{{- end -}}
