{{- define "toolbox.greeting" -}}hello, {{ . }}{{- end -}}
