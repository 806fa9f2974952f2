; Definitions
(package_declaration [(scoped_identifier) (identifier)] @package)
(class_declaration name: (identifier) @name body: (_) @body) @def.class
(record_declaration name: (identifier) @name body: (_) @body) @def.class
(interface_declaration name: (identifier) @name body: (_) @body) @def.interface
(annotation_type_declaration name: (identifier) @name body: (_) @body) @def.interface
(enum_declaration name: (identifier) @name body: (_) @body) @def.enum
(enum_constant name: (identifier) @name body: (_)? @body) @def.variant
(method_declaration name: (identifier) @name body: (block)? @body) @def.method
(constructor_declaration name: (identifier) @name body: (_) @body) @def.method
(compact_constructor_declaration name: (identifier) @name body: (_) @body) @def.method
(annotation_type_element_declaration name: (identifier) @name) @def.method
(field_declaration declarator: (variable_declarator name: (identifier) @name)) @def.field
(constant_declaration declarator: (variable_declarator name: (identifier) @name)) @def.constant
((method_declaration (modifiers) @_modifiers name: (identifier) @_main) @entry
  (#eq? @_main "main") (#match? @_modifiers "static"))

; Around definitions
[(line_comment) (block_comment)] @comment
(modifiers [(marker_annotation) (annotation)] @attribute)

; Imports
(import_declaration) @import

; Uses
(method_invocation name: (identifier) @ref.call)
(object_creation_expression type: [
    (type_identifier) @ref.call
    (generic_type (type_identifier) @ref.call)
    (scoped_type_identifier (type_identifier) @ref.call .)
  ])
(method_reference (identifier) @ref.call .)
(superclass [(type_identifier) @ref.inherit (generic_type (type_identifier) @ref.inherit)])
(super_interfaces (type_list [(type_identifier) @ref.inherit (generic_type (type_identifier) @ref.inherit)]))
(extends_interfaces (type_list [(type_identifier) @ref.inherit (generic_type (type_identifier) @ref.inherit)]))
(marker_annotation name: (identifier) @ref.type)
(annotation name: (identifier) @ref.type)
(type_identifier) @ref.type
(identifier) @ref.plain

; Settings
((method_invocation
    object: (identifier) @_object name: (identifier) @_reader
    arguments: (argument_list . (string_literal (string_fragment) @env)))
  (#eq? @_object "System") (#eq? @_reader "getenv"))
((method_invocation
    name: (identifier) @_reader
    arguments: (argument_list . (string_literal (string_fragment) @config)))
  (#any-of? @_reader "getProperty" "getRequiredProperty" "getBoolean" "getInteger"))
((annotation name: (identifier) @_annotation arguments: (annotation_argument_list
    [(string_literal (string_fragment) @config)
     (element_value_pair value: (string_literal (string_fragment) @config))]))
  (#any-of? @_annotation "Value" "ConfigProperty" "ConfigurationProperties" "ConditionalOnProperty"))

; Routes: Spring, JAX-RS
((method_declaration (modifiers (annotation name: (identifier) @route.method arguments: (annotation_argument_list
    [(string_literal (string_fragment) @route.path)
     (element_value_pair key: (identifier) @_key value: (string_literal (string_fragment) @route.path))
     (element_value_pair key: (identifier) @_key value: (element_value_array_initializer . (string_literal (string_fragment) @route.path)))
     (element_value_array_initializer . (string_literal (string_fragment) @route.path))]))))
  (#match? @route.method "^((Get|Post|Put|Patch|Delete|Request)Mapping|Path)$")
  (#not-any-of? @_key "produces" "consumes" "params" "headers" "name"))
((method_declaration (modifiers [
    (marker_annotation name: (identifier) @route.method)
    (annotation name: (identifier) @route.method arguments: (annotation_argument_list) @_none)]))
  (#any-of? @route.method "GetMapping" "PostMapping" "PutMapping" "PatchMapping" "DeleteMapping")
  (#match? @_none "^\\(\\s*\\)$"))
((class_declaration (modifiers (annotation name: (identifier) @_prefix arguments: (annotation_argument_list
    [(string_literal (string_fragment) @route.prefix)
     (element_value_pair value: (string_literal (string_fragment) @route.prefix))]))))
  (#any-of? @_prefix "RequestMapping" "Path"))
