; Definitions
((function_definition
  declarator: [
    (function_declarator declarator: [
      (identifier) @name
      (field_identifier) @name
      (destructor_name) @name
      (operator_name) @name
      (qualified_identifier scope: (_) @scope name: [(identifier) (destructor_name) (operator_name)] @name)
      (qualified_identifier name: (qualified_identifier scope: (_) @scope name: [(identifier) (destructor_name) (operator_name)] @name))
    ])
    (pointer_declarator declarator: (function_declarator declarator: [
      (identifier) @name (field_identifier) @name
      (qualified_identifier scope: (_) @scope name: (identifier) @name)]))
    (reference_declarator (function_declarator declarator: [
      (identifier) @name (field_identifier) @name (operator_name) @name
      (qualified_identifier scope: (_) @scope name: [(identifier) (operator_name)] @name)]))
  ]
  body: (_)? @body) @def.function
  (#not-match? @name "^(TYPED_)?TEST(_F|_P)?$"))
((function_definition
    declarator: (function_declarator
      declarator: (identifier) @_test
      parameters: (parameter_list . (parameter_declaration type: (type_identifier) @scope)
        . (parameter_declaration type: (type_identifier) @name)))
    body: (_) @body) @def.test
  (#match? @_test "^(TYPED_)?TEST(_F|_P)?$"))
(template_declaration [
    (class_specifier) (struct_specifier) (function_definition) (declaration) (alias_declaration)
  ] @inner) @outer
(namespace_definition name: (_) @name body: (_) @body) @def.module
(class_specifier name: [(type_identifier) @name (template_type name: (type_identifier) @name)] body: (_) @body) @def.class
(alias_declaration name: (type_identifier) @name) @def.type
(concept_definition name: (identifier) @name) @def.type
(field_declaration declarator: [
    (function_declarator declarator: [(field_identifier) (operator_name)] @name)
    (pointer_declarator declarator: (function_declarator declarator: (field_identifier) @name))
    (reference_declarator (function_declarator declarator: [(field_identifier) (operator_name)] @name))
  ]) @def.method
(field_declaration_list (declaration declarator: (function_declarator declarator: [(identifier) (destructor_name)] @name)) @def.method)
(namespace_definition body: (declaration_list (declaration declarator: [
    (function_declarator declarator: (identifier) @name)
    (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))
    (reference_declarator (function_declarator declarator: (identifier) @name))
  ]) @def.function))
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
(struct_specifier name: [(type_identifier) @name (template_type name: (type_identifier) @name)] body: (_) @body) @def.struct
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
(using_declaration) @import

; Uses
(call_expression function: [
    (identifier) @ref.call
    (field_expression field: (field_identifier) @ref.call)
    (field_expression field: (template_method name: (field_identifier) @ref.call))
    (qualified_identifier name: (identifier) @ref.call)
    (qualified_identifier name: (qualified_identifier name: (identifier) @ref.call))
    (qualified_identifier name: (template_function name: (identifier) @ref.call))
    (template_function name: (identifier) @ref.call)
  ])
(new_expression type: [(type_identifier) @ref.call (qualified_identifier name: (type_identifier) @ref.call)])
(base_class_clause [
    (type_identifier) @ref.inherit
    (qualified_identifier name: (type_identifier) @ref.inherit)
    (template_type name: (type_identifier) @ref.inherit)
  ])
(type_identifier) @ref.type
[(identifier) (field_identifier)] @ref.plain

; Settings
((call_expression function: [(identifier) @_reader (qualified_identifier name: (identifier) @_reader)] arguments: (argument_list . (string_literal) @env))
  (#any-of? @_reader "getenv" "secure_getenv" "setenv" "unsetenv"))
