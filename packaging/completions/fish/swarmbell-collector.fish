# Made by packaging/manual.py; do not edit.
complete -c swarmbell-collector -f
complete -c swarmbell-collector -l config -r -F -d 'Read settings from this YAML file'
complete -c swarmbell-collector -l check-config -d 'Check the configuration, print its problems, and exit'
complete -c swarmbell-collector -l print-config -d 'Print the effective configuration as YAML, without secrets, and exit'
complete -c swarmbell-collector -l healthcheck -d 'Check the process that runs on this machine, and exit with 0 if it is healthy'
complete -c swarmbell-collector -l version -d 'Print the version and exit'
complete -c swarmbell-collector -l help -d 'Print this help and exit'
