; Definitions
(package_header (qualified_identifier) @package)
((class_declaration "interface" name: (identifier) @name (class_body)? @body) @def.interface)
((class_declaration (modifiers (class_modifier) @_enum) name: (identifier) @name (enum_class_body)? @body) @def.enum
  (#eq? @_enum "enum"))
(class_declaration "class" name: (identifier) @name (class_body)? @body) @def.class
(object_declaration name: (identifier) @name (class_body)? @body) @def.class
(companion_object name: (identifier) @name (class_body)? @body) @def.class
(enum_entry (identifier) @name) @def.variant
(function_declaration name: (identifier) @name (function_body)? @body) @def.function
(property_declaration (variable_declaration . (identifier) @name)) @def.field
((class_parameter ["val" "var"] (identifier) @name) @def.field)
(type_alias type: (identifier) @name) @def.type
((function_declaration name: (identifier) @_main) @entry (#eq? @_main "main"))

; Around definitions
[(line_comment) (block_comment)] @comment
(annotation) @attribute

; Imports
(import) @import

; Uses
(call_expression . [(identifier) @ref.call (navigation_expression (identifier) @ref.call .)])
(delegation_specifier [
    (user_type (identifier) @ref.inherit .)
    (user_type (identifier) @ref.inherit . (type_arguments))
    (constructor_invocation (user_type (identifier) @ref.inherit .))
    (constructor_invocation (user_type (identifier) @ref.inherit . (type_arguments)))
  ])
(user_type (identifier) @ref.type)
(identifier) @ref.plain

; Settings
((call_expression
    (navigation_expression) @_reader
    (value_arguments . (value_argument (string_literal (string_content) @env))))
  (#any-of? @_reader "System.getenv" "System.getenv()"))
((index_expression (call_expression (navigation_expression) @_reader) (string_literal (string_content) @env))
  (#eq? @_reader "System.getenv"))
((call_expression
    (navigation_expression (identifier) @_reader .)
    (value_arguments . (value_argument (string_literal (string_content) @config))))
  (#any-of? @_reader "getProperty" "getRequiredProperty" "propertyOrNull"))
((annotation (constructor_invocation
    (user_type (identifier) @_annotation)
    (value_arguments (value_argument (string_literal) @config))))
  (#any-of? @_annotation "Value" "ConfigProperty" "ConfigurationProperties"))

; Routes: Ktor, Spring
((call_expression
    (call_expression (identifier) @route.method
      (value_arguments . (value_argument (string_literal (string_content) @route.path))))
    (annotated_lambda))
  (#any-of? @route.method "get" "post" "put" "patch" "delete" "head" "options"))
((function_declaration (modifiers (annotation (constructor_invocation
    (user_type (identifier) @route.method)
    (value_arguments . (value_argument (string_literal (string_content) @route.path)))))))
  (#match? @route.method "^((Get|Post|Put|Patch|Delete|Request)Mapping|Path)$"))
((class_declaration (modifiers (annotation (constructor_invocation
    (user_type (identifier) @_prefix)
    (value_arguments . (value_argument (string_literal (string_content) @route.prefix)))))))
  (#any-of? @_prefix "RequestMapping" "Path"))
