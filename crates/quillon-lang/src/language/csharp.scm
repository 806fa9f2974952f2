; Definitions
(file_scoped_namespace_declaration name: (_) @package)
(namespace_declaration name: (_) @name body: (_) @body) @def.module
(class_declaration name: (identifier) @name body: (_)? @body) @def.class
(record_declaration name: (identifier) @name body: (_)? @body) @def.class
(struct_declaration name: (identifier) @name body: (_)? @body) @def.struct
(interface_declaration name: (identifier) @name body: (_)? @body) @def.interface
(enum_declaration name: (identifier) @name body: (_)? @body) @def.enum
(enum_member_declaration name: (identifier) @name) @def.variant
(delegate_declaration name: (identifier) @name) @def.type
(method_declaration name: (identifier) @name body: (_)? @body) @def.method
(constructor_declaration name: (identifier) @name body: (_)? @body) @def.method
(destructor_declaration name: (identifier) @name body: (_)? @body) @def.method
(local_function_statement name: (identifier) @name body: (_)? @body) @def.function
(property_declaration name: (identifier) @name accessors: (_)? @body value: (_)? @body) @def.field
(event_declaration name: (identifier) @name) @def.field
(field_declaration (variable_declaration (variable_declarator name: (identifier) @name))) @def.field
(event_field_declaration (variable_declaration (variable_declarator name: (identifier) @name))) @def.field
((method_declaration (modifier) @_static name: (identifier) @_main) @entry
  (#eq? @_static "static") (#eq? @_main "Main"))

; Around definitions
(comment) @comment
(attribute_list) @attribute

; Imports
(using_directive) @import

; Uses
(invocation_expression function: [
    (identifier) @ref.call
    (generic_name (identifier) @ref.call)
    (member_access_expression name: [(identifier) @ref.call (generic_name (identifier) @ref.call)])
    (conditional_access_expression (member_binding_expression name: (identifier) @ref.call))
  ])
(object_creation_expression type: [
    (identifier) @ref.call
    (generic_name (identifier) @ref.call)
    (qualified_name name: (identifier) @ref.call)
  ])
(base_list [
    (identifier) @ref.inherit
    (generic_name (identifier) @ref.inherit)
    (qualified_name name: (identifier) @ref.inherit)
    (primary_constructor_base_type type: (identifier) @ref.inherit)
  ])
(attribute name: [(identifier) @ref.type (qualified_name name: (identifier) @ref.type)])
(variable_declaration type: [(identifier) @ref.type (generic_name (identifier) @ref.type)])
(parameter type: [(identifier) @ref.type (generic_name (identifier) @ref.type) (nullable_type (identifier) @ref.type)])
(method_declaration returns: [(identifier) @ref.type (generic_name (identifier) @ref.type)])
(property_declaration type: [(identifier) @ref.type (generic_name (identifier) @ref.type) (nullable_type (identifier) @ref.type)])
(type_argument_list (identifier) @ref.type)
(identifier) @ref.plain

; Settings
((invocation_expression
    function: (member_access_expression name: (identifier) @_reader)
    arguments: (argument_list . (argument (string_literal (string_literal_content) @env))))
  (#any-of? @_reader "GetEnvironmentVariable" "SetEnvironmentVariable"))
((invocation_expression
    function: (member_access_expression name: [(identifier) @_reader (generic_name (identifier) @_reader)])
    arguments: (argument_list . (argument (string_literal (string_literal_content) @config))))
  (#any-of? @_reader "GetSection" "GetConnectionString" "GetRequiredSection" "GetValue"))
((element_access_expression
    expression: [(identifier) @_config (member_access_expression name: (identifier) @_config)]
    subscript: (bracketed_argument_list . (argument (string_literal (string_literal_content) @config))))
  (#match? @_config "(?i)(configuration|appsettings)$"))

; Routes: ASP.NET
((method_declaration (attribute_list (attribute name: (identifier) @route.method
    (attribute_argument_list . (attribute_argument (string_literal (string_literal_content) @route.path))))))
  (#match? @route.method "^(Http(Get|Post|Put|Patch|Delete|Head|Options)|Route)$"))
((method_declaration (attribute_list (attribute name: (identifier) @route.method . )))
  (#match? @route.method "^Http(Get|Post|Put|Patch|Delete|Head|Options)$"))
((class_declaration (attribute_list (attribute name: (identifier) @_route
    (attribute_argument_list . (attribute_argument (string_literal (string_literal_content) @route.prefix))))))
  (#eq? @_route "Route"))
((invocation_expression
    function: (member_access_expression name: (identifier) @route.method)
    arguments: (argument_list
      . (argument (string_literal (string_literal_content) @route.path))
      . (argument [(identifier) @route.handler (member_access_expression name: (identifier) @route.handler)
                   (lambda_expression)])))
  (#any-of? @route.method "MapGet" "MapPost" "MapPut" "MapPatch" "MapDelete" "Map"))
