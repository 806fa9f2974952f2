; Definitions
(function_definition name: (word) @name body: (_) @body) @def.function
(program (variable_assignment name: (variable_name) @name) @def.variable)
(program (declaration_command (variable_assignment name: (variable_name) @name)) @def.variable)
((program (command name: (command_name (word) @_alias) argument: (concatenation . (word) @name)) @def.function)
  (#eq? @_alias "alias"))

; Around definitions
(comment) @comment

; Imports
((command name: (command_name (word) @_source)) @import (#any-of? @_source "source" "."))

; Uses
(command name: (command_name (word) @ref.call))
(variable_name) @ref.plain

; Settings: what has a default comes from outside
(expansion (variable_name) @env operator: [":-" "-" ":=" "=" ":?" "?"])
