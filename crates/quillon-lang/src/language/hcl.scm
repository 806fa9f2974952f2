; Definitions: `resource "type" "name"` is called `name` in the scope `type`
(block (identifier) (string_lit (template_literal) @scope) . (string_lit (template_literal) @name) . (block_start) @body) @def.block
((block . (identifier) @_module . (string_lit (template_literal) @name) . (block_start) @body) @def.module
  (#eq? @_module "module"))
((block . (identifier) @_variable . (string_lit (template_literal) @name) . (block_start) @body) @def.variable
  (#any-of? @_variable "variable" "output"))
(block . (identifier) . (string_lit (template_literal) @name) . (block_start) @body) @def.block
(config_file (body (block . (identifier) @name . (block_start) @body) @def.block))
((block . (identifier) @_locals (body (attribute (identifier) @name) @def.variable)) (#eq? @_locals "locals"))
(config_file (body (attribute (identifier) @name) @def.key))

; Around definitions
(comment) @comment

; Imports
((block . (identifier) @_module (body (attribute (identifier) @_source) @import))
  (#eq? @_module "module") (#eq? @_source "source"))

; Uses
(function_call (identifier) @ref.call)
(expression (variable_expr (identifier) @_var) . (get_attr (identifier) @ref.plain))
((block . (identifier) @_resource . (string_lit (template_literal) @ref.type)) (#any-of? @_resource "resource" "data"))
(variable_expr (identifier) @ref.plain)
(get_attr (identifier) @ref.plain)

; Settings: each variable is one
((block . (identifier) @_variable . (string_lit (template_literal) @config)) (#eq? @_variable "variable"))
