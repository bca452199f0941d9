//! Leaves Python's symbols to be found in the running interpreter, where the linker asks to be told so.

fn main() {
    pyo3_build_config::add_extension_module_link_args();
}
