use juno_core::prelude::*;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let settings = Settings::default().with("database.url", "memory:")?;
    let juno = JunoBuilder::new(settings).open().await?;

    let records = juno.load(&["examples/data/sample".into()], &Progress::silent()).await?;
    let as_of = records.newest().ok_or("the export has no dates")?;

    for sprint in juno.forecast.open_sprints(&records, as_of)?.forecasts {
        println!("{}: p_miss {:?}, risk index {:?}", sprint.name, sprint.p_miss, sprint.risk_index);
    }
    Ok(())
}
