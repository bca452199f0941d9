//! Rewrites the files in `examples/data` that the testkit makes: `cargo run -p juno-testkit --example make_sample`.

use std::path::Path;
use std::{fs, io};

use juno_testkit::synthetic;

fn main() -> io::Result<()> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/data");
    fs::create_dir_all(data.join("sample"))?;
    for (name, text) in synthetic::sample_files() {
        println!("{name}: {} bytes", text.len());
        fs::write(data.join(name), text)?;
    }
    Ok(())
}
