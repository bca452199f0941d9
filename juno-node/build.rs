//! Leaves Node's symbols to be found in the running process, where the linker asks to be told so.

fn main() {
    napi_build::setup();
}
