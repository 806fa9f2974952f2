; Definitions
(function_definition
  declarator: [
    (function_declarator declarator: (identifier) @name)
    (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))
    (pointer_declarator declarator: (pointer_declarator declarator: (function_declarator declarator: (identifier) @name)))
    (parenthesized_declarator (function_declarator declarator: (identifier) @name))
  ]
  body: (_) @body) @def.function
(translation_unit (declaration declarator: [
    (function_declarator declarator: (identifier) @name)
    (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))
  ]) @def.function)
(preproc_ifdef (declaration declarator: [
    (function_declarator declarator: (identifier) @name)
    (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))
  ]) @def.function)
(linkage_specification body: (declaration_list (declaration declarator: [
    (function_declarator declarator: (identifier) @name)
    (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))
  ]) @def.function))
(translation_unit (declaration declarator: [
    (init_declarator declarator: [
      (identifier) @name
      (array_declarator declarator: (identifier) @name)
      (pointer_declarator declarator: (identifier) @name)
    ])
    (identifier) @name
    (array_declarator declarator: (identifier) @name)
  ]) @def.variable)
(struct_specifier name: (type_identifier) @name body: (_) @body) @def.struct
(union_specifier name: (type_identifier) @name body: (_) @body) @def.struct
(enum_specifier name: (type_identifier) @name body: (_) @body) @def.enum
(enumerator name: (identifier) @name) @def.variant
(field_declaration declarator: [
    (field_identifier) @name
    (pointer_declarator declarator: (field_identifier) @name)
    (array_declarator declarator: (field_identifier) @name)
    (function_declarator declarator: (parenthesized_declarator (pointer_declarator declarator: (field_identifier) @name)))
  ]) @def.field
(type_definition declarator: [
    (type_identifier) @name
    (pointer_declarator declarator: (type_identifier) @name)
    (function_declarator declarator: (parenthesized_declarator (pointer_declarator declarator: (type_identifier) @name)))
  ]) @def.type
(preproc_def name: (identifier) @name value: (_)) @def.constant
(preproc_function_def name: (identifier) @name value: (_)? @body) @def.macro
((function_definition declarator: (function_declarator declarator: (identifier) @_main)) @entry
  (#any-of? @_main "main" "wmain" "WinMain"))

; Around definitions
(comment) @comment
(attribute_declaration) @attribute

; Imports
(preproc_include) @import

; Uses
(call_expression function: [(identifier) @ref.call (field_expression field: (field_identifier) @ref.call)])
(type_identifier) @ref.type
[(identifier) (field_identifier)] @ref.plain

; Settings
((call_expression function: (identifier) @_reader arguments: (argument_list . (string_literal) @env))
  (#any-of? @_reader "getenv" "secure_getenv" "setenv" "unsetenv"))
