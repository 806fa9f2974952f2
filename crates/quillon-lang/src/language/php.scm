; Definitions
(namespace_definition name: (namespace_name) @package !body)
(namespace_definition name: (namespace_name) @name body: (_) @body) @def.module
(class_declaration name: (name) @name body: (_) @body) @def.class
(interface_declaration name: (name) @name body: (_) @body) @def.interface
(trait_declaration name: (name) @name body: (_) @body) @def.interface
(enum_declaration name: (name) @name body: (_) @body) @def.enum
(enum_case name: (name) @name) @def.variant
(function_definition name: (name) @name body: (_) @body) @def.function
(method_declaration name: (name) @name body: (_)? @body) @def.method
(property_declaration (property_element name: (variable_name (name) @name))) @def.field
(property_promotion_parameter name: (variable_name (name) @name)) @def.field
(const_declaration (const_element (name) @name)) @def.constant
((function_call_expression function: (name) @_define arguments: (arguments . (argument (string) @name))) @def.constant
  (#eq? @_define "define"))

; Around definitions
(comment) @comment
(attribute_list) @attribute

; Imports
(namespace_use_declaration) @import
[(include_expression) (include_once_expression) (require_expression) (require_once_expression)] @import

; Uses
(function_call_expression function: [(name) @ref.call (qualified_name (name) @ref.call)])
(member_call_expression name: (name) @ref.call)
(nullsafe_member_call_expression name: (name) @ref.call)
(scoped_call_expression name: (name) @ref.call)
(scoped_call_expression scope: [(name) @ref.type (qualified_name (name) @ref.type)])
(object_creation_expression [(name) @ref.call (qualified_name (name) @ref.call)])
(base_clause [(name) @ref.inherit (qualified_name (name) @ref.inherit)])
(class_interface_clause [(name) @ref.inherit (qualified_name (name) @ref.inherit)])
(use_declaration [(name) @ref.inherit (qualified_name (name) @ref.inherit)])
(named_type [(name) @ref.type (qualified_name (name) @ref.type)])
(attribute (name) @ref.type)
(name) @ref.plain

; Settings
((function_call_expression function: (name) @_reader
    arguments: (arguments . (argument [(string (string_content) @env) (encapsed_string (string_content) @env)])))
  (#any-of? @_reader "getenv" "env" "putenv"))
((subscript_expression (variable_name) @_env [(string (string_content) @env) (encapsed_string (string_content) @env)])
  (#any-of? @_env "$_ENV" "$_SERVER"))
((function_call_expression function: (name) @_reader
    arguments: (arguments . (argument [(string (string_content) @config) (encapsed_string (string_content) @config)])))
  (#any-of? @_reader "config" "get_option" "ini_get"))

; Routes: Laravel, Symfony, Slim
((scoped_call_expression scope: (name) @_route name: (name) @route.method
    arguments: (arguments
      . (argument [(string (string_content) @route.path) (encapsed_string (string_content) @route.path)])
      . (argument [
        (string (string_content) @route.handler)
        (class_constant_access_expression . (name) @route.handler)
        (array_creation_expression (array_element_initializer (string (string_content) @route.handler)) .)
        (anonymous_function) (arrow_function)])))
  (#eq? @_route "Route") (#any-of? @route.method "get" "post" "put" "patch" "delete" "options" "any"))
((member_call_expression object: (variable_name) @_app name: (name) @route.method
    arguments: (arguments . (argument [(string (string_content) @route.path) (encapsed_string (string_content) @route.path)])))
  (#any-of? @_app "$app" "$router" "$group" "$routes") (#any-of? @route.method "get" "post" "put" "patch" "delete" "options" "any" "add"))
((method_declaration attributes: (attribute_list (attribute_group (attribute (name) @_route
    parameters: (arguments . (argument [(string (string_content) @route.path) (encapsed_string (string_content) @route.path)]))))))
  (#eq? @_route "Route"))
((class_declaration attributes: (attribute_list (attribute_group (attribute (name) @_route
    parameters: (arguments . (argument [(string (string_content) @route.prefix) (encapsed_string (string_content) @route.prefix)]))))))
  (#eq? @_route "Route"))
