use juno_memory::Memory;
use juno_memory::MemoryError;

/// How a memory is written: the version of this form, then its JSON.
const VERSION: &str = "1";

pub(crate) fn write(memory: &Memory) -> Result<String, MemoryError> {
    Ok(format!("{VERSION}{}", memory.to_json()?))
}

/// Reads a stored memory, or says what is wrong with it.
pub(crate) fn read(id: &str, value: &[u8]) -> Result<Memory, String> {
    let text = std::str::from_utf8(value).map_err(|_| "it is no UTF-8".to_owned())?;
    let json = text
        .strip_prefix(VERSION)
        .ok_or_else(|| format!("its form `{}` is not known", text.chars().take(1).collect::<String>()))?;
    let memory: Memory = serde_json::from_str(json).map_err(|error| error.to_string())?;
    match memory.id.as_str() == id {
        true => Ok(memory),
        false => Err(format!("it is filed under another id than `{}`", memory.id)),
    }
}
