; Definitions
(mod_item name: (identifier) @name body: (declaration_list)? @body) @def.module
(struct_item name: (type_identifier) @name body: (field_declaration_list)? @body) @def.struct
(union_item name: (type_identifier) @name body: (_) @body) @def.struct
(enum_item name: (type_identifier) @name body: (_) @body) @def.enum
(enum_variant name: (identifier) @name) @def.variant
(trait_item name: (type_identifier) @name body: (_) @body) @def.interface
(impl_item type: [
    (type_identifier) @name
    (generic_type type: (type_identifier) @name)
    (generic_type type: (scoped_type_identifier name: (type_identifier) @name))
    (scoped_type_identifier name: (type_identifier) @name)
    (reference_type type: (type_identifier) @name)
    (primitive_type) @name
  ] body: (_) @body) @def.extension
(function_item name: (identifier) @name body: (_) @body) @def.function
(function_signature_item name: (identifier) @name) @def.function
(const_item name: (identifier) @name) @def.constant
(static_item name: (identifier) @name) @def.constant
(type_item name: (type_identifier) @name) @def.type
(associated_type name: (type_identifier) @name) @def.type
(macro_definition name: (identifier) @name) @def.macro
(field_declaration name: (field_identifier) @name) @def.field
(function_item name: (identifier) @_main (#eq? @_main "main")) @entry

; Around definitions
[(line_comment) (block_comment)] @comment
(attribute_item) @attribute

; Imports
(use_declaration) @import
(extern_crate_declaration) @import

; Uses
(call_expression function: [
    (identifier) @ref.call
    (field_expression field: (field_identifier) @ref.call)
    (scoped_identifier name: (identifier) @ref.call)
    (generic_function function: (identifier) @ref.call)
    (generic_function function: (scoped_identifier name: (identifier) @ref.call))
    (generic_function function: (field_expression field: (field_identifier) @ref.call))
  ])
(macro_invocation macro: [
    (identifier) @ref.call
    (scoped_identifier name: (identifier) @ref.call)
  ])
(struct_expression name: (type_identifier) @ref.call)
(impl_item trait: [
    (type_identifier) @ref.inherit
    (generic_type type: (type_identifier) @ref.inherit)
    (scoped_type_identifier name: (type_identifier) @ref.inherit)
    (generic_type type: (scoped_type_identifier name: (type_identifier) @ref.inherit))
  ])
(trait_item bounds: (trait_bounds [
    (type_identifier) @ref.inherit
    (scoped_type_identifier name: (type_identifier) @ref.inherit)
  ]))
(type_identifier) @ref.type
(identifier) @ref.plain
(field_identifier) @ref.plain

; Settings
((call_expression
    function: (_) @_reader
    arguments: (arguments . (string_literal (string_content) @env)))
  (#match? @_reader "(^|::)(var|var_os|remove_var|set_var)$"))
((macro_invocation
    macro: (identifier) @_reader
    (token_tree . (string_literal (string_content) @env)))
  (#any-of? @_reader "env" "option_env"))
((call_expression
    function: (field_expression field: (field_identifier) @_reader)
    arguments: (arguments . (string_literal (string_content) @config)))
  (#any-of? @_reader "get_string" "get_bool" "get_int" "get_float" "get_table" "extract_inner"))

; Routes: axum, actix, rocket
((call_expression
    function: (field_expression field: (field_identifier) @_route)
    arguments: (arguments
      . (string_literal (string_content) @route.path)
      . (call_expression
          function: [
            (identifier) @route.method
            (scoped_identifier name: (identifier) @route.method)
            (field_expression field: (field_identifier) @route.method)
          ]
          arguments: (arguments [
            (identifier) @route.handler
            (scoped_identifier name: (identifier) @route.handler)
          ]?))))
  (#eq? @_route "route"))
((attribute_item (attribute
    [(identifier) @route.method (scoped_identifier name: (identifier) @route.method)]
    arguments: (token_tree . (string_literal (string_content) @route.path))))
  (#any-of? @route.method "get" "post" "put" "patch" "delete" "head" "options" "route"))
